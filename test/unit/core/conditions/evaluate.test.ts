import { describe, expect, it } from '@jest/globals';
import { compileCondition } from '../../../../shared/core/conditions.ts';
import type { JsonObject } from '../../../../shared/core/json.ts';

const order: JsonObject = {
  amount: 100_001,
  currency: 'EUR',
  express: true,
  note: null,
  customer: { email: 'ann@example.org' },
  items: [
    { sku: 'cup', price: 5, tags: ['gift'] },
    { sku: 'pot', price: 20, tags: ['gift', 'heavy'] },
  ],
  tags: ['new', 'vip'],
  ratio: 0.1,
};

describe('a compiled condition', () => {
  it.each([
    ['amount > 100000', true],
    ['amount >= 100001 && amount <= 100001', true],
    ['amount < 100001', false],
    ['amount == 100001', true],
    ['amount == 100001.0', true],
    ['amount != 100001', false],
    ['amount * 2 > 1.5', true],
    ['amount / 0 > amount', true],
    ['0 / 0 == 0 / 0', false],
    ['1 / 0 == 1 / 0 && 1 / 0 <= 1 / 0', true],
    ['ratio + 0.2 > 0.3', true],
    ['-amount < -0x10', true],
    ['amount - 1 == 1e5', true],
    ['currency == "EUR"', true],
    ["currency == 'eur'", false],
    ['currency < "EUS" && currency > "EUQ" && currency >= "EUR"', true],
    ['currency == "\\x45UR" && "\\u00e9" == "é"', true],
    ['!express', false],
    ['express ? amount > 5 : amount < 5', true],
    ['note == null', true],
    ['note != "x"', true],
    ['customer != null', true],
    ['has(coupon)', false],
    ['has(note) && has(customer.email) && !has(customer.phone)', true],
    ['has(toString) || has(customer.constructor) || has(__defineGetter__)', false],
    ['customer.email.endsWith(".org") && customer.email.startsWith("ann") && customer.email.contains("@")', true],
    ['size(tags) == 2 && tags.size() == 2 && size(currency) == 3 && size("🙂") == 1', true],
    ['"vip" in tags', true],
    ['"old" in tags', false],
    ['amount in [1, 100001]', true],
    ['currency in ["USD", "EUR"]', true],
    ['null in [null]', true],
    ['items.exists(i, i.price > 10)', true],
    ['items.exists(i, i.price > 100)', false],
    ['items.all(i, "gift" in i.tags)', true],
    ['items.all(i, i.price > 10)', false],
    ['items.exists_one(i, i.price > 10)', true],
    ['items.exists_one(i, i.price > 1)', false],
    ['tags.exists(t, t == "vip" && amount > 5)', true],
    ['false && coupon == "x"', false],
    ['true || coupon == "x"', true],
  ])('%s is %s', (condition, result) => {
    expect(compileCondition(condition)(order)).toBe(result);
  });

  it.each([
    ['coupon == "x"', '"coupon" is absent'],
    ['toString == "x"', '"toString" is absent'],
    ['customer.constructor == null', '"constructor" is absent'],
    ['currency > 5', 'a string was expected, not number'],
    ['amount > "5"', 'a number was expected, not string'],
    ['amount.size > 5', 'an object was expected, not number'],
    ['note.x == 5', 'an object was expected, not null'],
    ['tags.x == 5', 'an object was expected, not a list'],
    ['amount && express', 'true or false was expected, not number'],
    ['amount', 'true or false was expected, not number'],
    ['tags == "new"', 'a scalar was expected, not a list'],
    ['amount.exists(a, true)', 'a list was expected, not number'],
    ['amount.startsWith("x")', 'a string was expected, not number'],
  ])('throws on data that it was not checked against: %s', (condition, problem) => {
    const holds = compileCondition(condition);
    expect(() => holds(order)).toThrow(new TypeError(problem));
  });

  it.each([
    'amount % 2 == 0',
    'tags[0] == "x"',
    '{"a": 1} == null',
    'currency.matches("a")',
    'dyn(1) == 1',
    '1u == 1u',
  ])('does not exist for what no check lets pass: %s', (condition) =>
    expect(() => compileCondition(condition)).toThrow(TypeError),
  );
});
