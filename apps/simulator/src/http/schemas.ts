import { z } from 'zod';
import { agentsMax } from '../model/agents';
import { type DesktopDeed, desktopDeeds } from '../desktops/desktops';
import { type FaultName, faultTable } from '../cti/faults';

/** Bodies and parameters of the HTTP control. Unknown keys are refused, so that a typing error is not ignored. */

const idMax = 11;
const extensionMax = 15;
const reasonCodeMax = 0xffff;
const statusMax = 0xffff_ffff;
const faultMsMax = 10 * 60_000;
const faultCountMax = 1_000_000;
const reasonCodesMax = 1_000;
const skillGroupsMax = 20;
/** The wire's limits, without the closing NUL. */
const callVariableMax = 40;
const variableNameMax = 32;
const variableValueMax = 210;
const namedVariablesMax = 20;
const namedAgentsMax = 1_000;

const digits = (lengthMax: number) =>
  z.string().regex(/^\d+$/, 'must be digits').max(lengthMax, `must have at most ${lengthMax} digits`);

const reasonCode = z.int().min(0).max(reasonCodeMax);
export const agentIdText = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+$/, 'must be letters, digits, dots, underscores and hyphens')
  .max(idMax, `must have at most ${idMax} characters`);
export const callIdText = z.coerce.number().pipe(z.int().min(1).max(statusMax));
export const side = z.enum(['A', 'B']);

export const loginBody = z.strictObject({
  extension: digits(extensionMax).optional(),
  state: z.enum(['READY', 'NOT_READY']).optional(),
});

/** READY is the agent's word for AVAILABLE. */
export const stateBody = z.strictObject({
  state: z.enum(['READY', 'AVAILABLE', 'NOT_READY', 'LOGOUT', 'WORK_READY', 'WORK_NOT_READY']),
  reasonCode: reasonCode.optional(),
});

export const logoutBody = z.strictObject({ reasonCode: reasonCode.optional() });

/** An id that no agent gets by being counted. */
const ownId = agentIdText.regex(/^(?![1-9]\d*$)/, 'must not be a plain number: those are for agents that are counted');

/** So many with numbers for ids, or these. */
export const addAgentsBody = z
  .strictObject({
    count: z.int().min(1).max(agentsMax).optional(),
    agentIds: z.array(ownId).min(1).max(namedAgentsMax).optional(),
    /** Signs the new ones in at once. */
    state: z.enum(['LOGOUT', 'NOT_READY', 'READY']).optional(),
  })
  .refine(({ count, agentIds }) => (count === undefined) !== (agentIds === undefined), {
    path: ['count'],
    message: 'either count or agentIds is needed',
  });

const ascii = (lengthMax: number) =>
  z
    .string()
    .regex(/^[ -~]*$/, 'must be ASCII')
    .max(lengthMax);

/** `{"1": "gold"}` is CallVariable1; named variables are ECC variables. */
const callData = {
  variables: z
    .partialRecord(z.enum(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']), ascii(callVariableMax))
    .optional(),
  namedVariables: z
    .record(ascii(variableNameMax).min(1), ascii(variableValueMax))
    .refine((named) => Object.keys(named).length <= namedVariablesMax, `must be at most ${namedVariablesMax}`)
    .optional(),
};

/** `newCallId`: the call gets another number, as after a transfer. */
export const callDataBody = z.strictObject({ ...callData, newCallId: z.boolean().optional() });

export const callBody = z.strictObject({
  ...callData,
  agentId: agentIdText,
  kind: z.enum(['acd', 'direct', 'outbound', 'nonAcd']).optional(),
  answered: z.boolean().optional(),
  customer: z
    .string()
    .regex(/^[0-9+*#]{1,39}$/, 'must be a telephone number of at most 39 digits')
    .optional(),
});

export const otherAgentBody = z.strictObject({ agentId: agentIdText });
/** Whose leg is meant, when a call has several agents. */
export const legBody = z.strictObject({ agentId: agentIdText.optional() });

export const settingsBody = z
  .strictObject({
    load: z.literal([0, 1]),
    mode: z.enum(['ucce', 'uccx']),
    honourForcedFlag: z.boolean(),
    onCall: z.enum(['pending', 'refuse']),
    wrapUp: z.enum(['none', 'optional', 'required']),
    reasonCodeRequired: z.boolean(),
    reasonCodes: z.array(reasonCode).max(reasonCodesMax),
    agentPasswordRequired: z.boolean(),
    agentPassword: z.string().max(63).nullable(),
    extensions: z.enum(['any', 'known']),
    clientPassword: z.string().max(63).nullable(),
    control: z.enum(['full', 'agentStateOnly', 'none']),
    skillGroupEvents: z.int().min(1).max(skillGroupsMax),
    lenient: z.boolean(),
    versionMax: z.int().min(13).max(25),
  })
  .partial();

const faultNames = Object.keys(faultTable) as [FaultName, ...FaultName[]];

export const faultBody = z.strictObject({
  side,
  fault: z.enum(faultNames),
  /** false takes a fault back. */
  on: z.boolean().optional(),
  /** How many times a counted fault strikes; without it once. */
  count: z.int().min(1).max(faultCountMax).optional(),
  ms: z.int().min(0).max(faultMsMax).optional(),
  status: z.int().min(0).max(statusMax).optional(),
  failureCode: z.int().min(0).max(reasonCodeMax).optional(),
  peripheralErrorCode: z.int().min(0).max(statusMax).optional(),
});

export const requestsQuery = z.strictObject({
  agentId: agentIdText.optional(),
  since: z.coerce.number().pipe(z.int().min(0)).optional(),
});

export const trafficBody = z.strictObject({
  callsPerAgentPerMinute: z.number().positive().max(60),
  talkMs: z.int().min(10).max(faultMsMax),
});

export const tokenBody = z.strictObject({
  agentId: agentIdText,
  ttlSeconds: z.int().min(1).max(86_400).optional(),
});

const deeds = Object.keys(desktopDeeds) as [DesktopDeed, ...DesktopDeed[]];
export const desktopDeed = z.enum(deeds);

export const desktopBody = z.strictObject({
  agentId: agentIdText,
  side: z.enum(['primary', 'secondary']),
  desktopId: z
    .string()
    .regex(/^[A-Za-z0-9._:@+=~-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ : @ + = ~ -')
    .optional(),
});
