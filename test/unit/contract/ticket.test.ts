import { describe, expect, it } from '@jest/globals';
import { decodeStationMessage, encodeEnvelope } from '../../../shared/contract/envelope.ts';
import { encodeProbe, type Probe, probeId } from '../../../shared/contract/probe.ts';
import { decodeTicket, encodeTicket, type Ticket, ticketId } from '../../../shared/contract/ticket.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { asBody } from '../../support/hostile.ts';
import { goodEnvelope } from '../../support/hostile-envelopes.ts';

const ticket: Ticket = {
  specversion: '1.0',
  workflowId: 'ubMHB_vlqXCJk15bAt6Fkw',
  workflow: 'order-payment',
  version: 1,
  businessKey: '4711',
  step: 3,
  ticket: 2,
  action: 'await-payment',
  state: 'reserved',
};
const probe: Probe = { specversion: '1.0', kind: 'probe', action: 'ship', sentAt: 7 };

describe('a ticket', () => {
  it('comes as it was sent', () => {
    expect(decodeTicket(encodeTicket(ticket))).toEqual(ticket);
    expect(ticketId(ticket)).toBe('ubMHB_vlqXCJk15bAt6Fkw/3/ticket/2');
  });

  it.each([
    ['ticket', 0],
    ['step', LIMITS.history + 1],
    ['workflowId', 'x'],
    ['action', 'a.b'],
    ['state', undefined],
  ])('with a bad %s is set aside, and the field is named', (field, value) => {
    const body = asBody({ ...ticket, [field]: value });
    expect(() => decodeTicket(body)).toThrow(expect.objectContaining({ code: 'ticket-invalid' }));
    expect(() => decodeTicket(body)).toThrow(`${field}: `);
  });

  it('with more in it than a ticket can have is not even read', () => {
    expect(() => decodeTicket(asBody({ ...ticket, data: 'x'.repeat(LIMITS.ticketBytes) }))).toThrow('body: has ');
  });

  it('fits its limit with the longest names', () => {
    const longest = { ...ticket, businessKey: '\u0000'.repeat(LIMITS.businessKeyBytes), workflow: 'w'.repeat(64) };
    expect(decodeTicket(encodeTicket({ ...longest, action: 'a'.repeat(64), state: 's'.repeat(64) }))).toBeTruthy();
  });
});

describe('a probe', () => {
  it('is told from the envelopes among which it stands', () => {
    expect(decodeStationMessage(encodeProbe(probe))).toEqual(probe);
    expect(decodeStationMessage(asBody(goodEnvelope()))).toMatchObject({ kind: 'run' });
    expect(probeId(probe)).toBe('probe/ship/7');
  });

  it('with a bad field is set aside, and the field is named', () => {
    expect(() => decodeStationMessage(asBody({ ...probe, sentAt: -1 }))).toThrow('sentAt: ');
    expect(() => decodeStationMessage(asBody({ kind: 'probe' }))).toThrow('specversion: ');
    expect(() => decodeStationMessage(asBody({ ...goodEnvelope(), kind: 'other' }))).toThrow('kind: ');
  });
});

describe('an envelope of the way back', () => {
  const back = { ...goodEnvelope(), kind: 'compensate', undoes: { step: 1, performed: 'possibly' }, deadline: 9 };

  it('says which step it undoes', () => {
    const decoded = decodeStationMessage(asBody(back));
    expect(decoded).toMatchObject({ kind: 'compensate', undoes: { step: 1, performed: 'possibly' }, deadline: 9 });
    if (decoded.kind !== 'probe') expect(decodeStationMessage(encodeEnvelope(decoded))).toEqual(decoded);
  });

  it.each([
    ['undoes', { ...back, undoes: undefined }],
    ['undoes.step', { ...back, undoes: { step: 0, performed: 'possibly' } }],
    ['undoes.performed', { ...back, undoes: { step: 1, performed: 'perhaps' } }],
  ])('without a good %s is set aside', (field, value) => {
    expect(() => decodeStationMessage(asBody(value))).toThrow(`${field}: `);
  });
});
