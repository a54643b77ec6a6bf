import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { checkCondition } from '../../../../shared/core/conditions.ts';
import { toJsonSchema } from '../../../../shared/core/contract-schema.ts';
import { Refused } from '../../../../shared/core/errors.ts';
import { objectTypeOf } from '../../../../shared/core/json-schema-types.ts';

const data = objectTypeOf(
  toJsonSchema(
    z.object({
      amount: z.number(),
      currency: z.string(),
      express: z.boolean(),
      coupon: z.string().optional(),
      note: z.string().nullable(),
      customer: z.object({
        email: z.string().optional(),
        address: z.object({ country: z.string() }).nullish(),
      }),
      items: z.array(z.object({ sku: z.string(), price: z.number(), tags: z.array(z.string()) })).max(100),
      tags: z.array(z.string()),
      scores: z.record(z.string(), z.number()),
      either: z.union([z.string(), z.number()]),
      payment: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('card'), number: z.string() }),
        z.object({ kind: z.literal('bank'), iban: z.string() }),
      ]),
      anything: z.unknown(),
    }),
    'output',
  ),
);

const problemOf = (condition: string): string => {
  try {
    checkCondition(condition, data);
  } catch (error) {
    if (error instanceof Refused && error.code === 'condition-invalid') return String(error.details['problem']);
    throw error;
  }
  return 'accepted';
};

describe('checkCondition', () => {
  it.each([
    'true',
    'amount > 100000',
    'amount == 5',
    'amount * 2 + 1 - 0.5 > 1.5 / 3',
    '-amount < 0',
    'currency == "EUR" || currency in ["USD", "GBP"]',
    'currency < "F"',
    'express && !(amount <= 1e3)',
    'express == true',
    'amount > 5 ? express : currency == "EUR"',
    'has(coupon)',
    'has(customer.email) && customer.email.endsWith(".org")',
    'currency.startsWith("E") && currency.contains("U")',
    'size(tags) > 1 && tags.size() < 5 && size(currency) == 3',
    '"gift" in tags && amount in [1, 2.5]',
    'items.exists(item, item.price > 3 && item.sku != "free")',
    'items.all(item, "gift" in item.tags)',
    'items.exists_one(item, item.price > amount)',
    'tags.exists(tag, tag == currency)',
    'has(scores.total) && scores.total > 3',
    'either == 5 || either == "five"',
    'payment.kind == "card"',
    'anything == null',
  ])('accepts %s', (condition) => expect(problemOf(condition)).toBe('accepted'));

  it.each([
    ['amout > 5', 'there is no field "amout" here; known are amount, currency'],
    ['customer.phone == "x"', 'there is no field "customer.phone" here; known are email, address'],
    ['has(customer.phone)', 'there is no field "customer.phone" here'],
    ['constructor == 1', 'there is no field "constructor" here'],
    ['customer.__proto__ == 1', 'there is no field'],
    ['currency > 5', '"5" is number, not string'],
    ['currency.length > 5', '"currency" is string, not object'],
    ['amount', '"amount" is number, not bool'],
    ['amount && express', '"amount" is number, not bool'],
    ['amount == "5"', '"amount" (number) and ""5"" (string) are never equal'],
    ['amount == null', 'are never equal'],
    ['amount in ["a"]', 'are never equal'],
    ['amount in []', 'nothing is in an empty list'],
    ['tags == tags', '"tags" is list: compare its fields or items'],
    ['[1] == [1]', 'a list may only stand to the right of "in"'],
    ['customer == customer', '"customer" is object'],
    ['anything > 5', 'the type of "anything" is not stated: declare it in the schema'],
    ['either > 5', '"either" is string or number, not number or string'],
    ['express ? amount : express', 'is number or bool, not bool'],
    ['currency + "x" == "y"', '"currency" is string, not number'],
    ['amount % 2 == 0', '% is not defined for doubles'],
    ['tags[0] == "x"', 'an index may be out of bounds'],
    ['scores["total"] > 3', 'an index may be out of bounds'],
    ['{"a": 1}.a == 1', 'is not part of the language of conditions'],
    ['1u == 1u', 'bytes and unsigned numbers do not exist in JSON'],
    ['b"x" == b"x"', 'bytes and unsigned numbers do not exist in JSON'],
    ['amount > 9007199254740993', 'more digits than a double holds'],
    ['currency.matches("(a+)+")', 'a pattern can take for ever'],
    ['matches(currency, "(a+)+")', 'a pattern can take for ever'],
    ['dyn(amount) == 5', 'dyn: conditions have no such function; allowed are has(…)'],
    ['tags.map(t, t).size() > 1', 'map: conditions have no such function'],
    ['tags.filter(t, true).size() > 1', 'filter: conditions have no such function'],
    ['cel.bind(x, 1, x == 1)', 'bind: conditions have no such function'],
    ['timestamp("2024-01-01T00:00:00Z") == 1', 'timestamp: conditions have no such function'],
    ['items.exists(i, i.tags.exists(t, t == "x"))', 'exists and all may not stand inside one another'],
    ['items.exists(amount, true)', '"amount" is a field of the data: name the item otherwise'],
    ['items.exists(i, i.price)', '"i.price" is number, not bool'],
    ['amount.exists(i, true)', '"amount" is number, not list'],
    ['i.price > 5 && items.exists(i, true)', 'there is no field "i" here'],
    ['has(amount > 5)', 'name a field, as in has(customer.email)'],
    ['has("x")', 'name a field'],
    ['currency.contains(currency)', 'write the text to look for into the condition'],
    ['amount >', 'Unexpected token: EOF'],
    ['', 'Unexpected token: EOF'],
    ['amount > 5 amount', 'Unexpected character'],
    ['amount.exists(1, true)', 'invalid predicate iteration variable'],
  ])('refuses %s', (condition, problem) => {
    expect(problemOf(condition)).toContain(problem);
  });

  describe('lets an optional field be read only where it is known to be present', () => {
    it.each([
      'has(coupon) && coupon == "x"',
      '!has(coupon) || coupon == "x"',
      '!(has(coupon) && amount > 5) || coupon == "x"',
      'has(coupon) ? coupon == "x" : express',
      '!has(coupon) ? express : coupon == "x"',
      '(has(coupon) && express || has(coupon) && amount > 5) && coupon == "x"',
      'has(customer.address) && customer.address != null && customer.address.country == "DE"',
    ])('%s', (condition) => expect(problemOf(condition)).toBe('accepted'));

    it.each([
      'coupon == "x"',
      'coupon == "x" && has(coupon)',
      'has(coupon) || coupon == "x"',
      '!has(coupon) && coupon == "x"',
      'has(coupon) ? express : coupon == "x"',
      '(has(coupon) || express) && coupon == "x"',
      '!(has(coupon) || express) || coupon == "x"',
      'items.exists(i, has(coupon)) && coupon == "x"',
      'scores.total > 3',
      'payment.number == "1"',
    ])('not: %s', (condition) => expect(problemOf(condition)).toMatch(/may be absent here: write has\(/));
  });

  describe('lets a nullable value be used only where it is known not to be null', () => {
    it.each([
      'note == "x"',
      'note != null && note.startsWith("x")',
      'note == null || note.startsWith("x")',
      'null != note && note < "x"',
      'note == "x" && note.startsWith("x")',
      'note == currency && note.startsWith("x")',
    ])('%s', (condition) => expect(problemOf(condition)).toBe('accepted'));

    it.each([
      'note.startsWith("x")',
      'note < "x"',
      'note != "x" && note < "x"',
      'note == null && note < "x"',
      'note != null || note < "x"',
      'has(customer.address) && customer.address.country == "DE"',
    ])('not: %s', (condition) => expect(problemOf(condition)).toMatch(/may be null: write .+ != null && …/));
  });

  describe('bounds what a condition may cost', () => {
    it.each([
      ['an unbounded text is measured for each of many items', 'tags.exists(t, size(currency) > 3)'],
      ['a long text is looked for in a text without a bound', `currency.contains("${'x'.repeat(600)}")`],
    ])('refuses when %s', (_, condition) => {
      expect(problemOf(condition)).toContain('it may take too long on large data: declare .max(…)');
    });

    it('accepts the same where the schema bounds the data', () => {
      const bounded = z.object({ tags: z.array(z.string()).max(100), currency: z.string().max(3) });
      const small = objectTypeOf(toJsonSchema(bounded, 'output'));
      expect(() => checkCondition('tags.exists(t, size(currency) > 3)', small)).not.toThrow();
      expect(() => checkCondition(`currency.contains("${'x'.repeat(600)}")`, small)).not.toThrow();
    });

    it.each([
      ['bytes', `currency == "${'x'.repeat(1100)}"`, 'the limit is 1024'],
      ['nodes', Array(200).fill('1<2').join('&&'), 'Exceeded maxAstNodes'],
      ['depth', `${'('.repeat(40)}true${')'.repeat(40)}`, 'Exceeded maxDepth'],
      ['items of a list', `amount in [${Array(120).fill('1').join()}]`, 'Exceeded maxListElements'],
    ])('refuses too many %s', (_, condition, problem) => expect(problemOf(condition)).toContain(problem));
  });
});
