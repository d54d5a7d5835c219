import { type Draft, type MessageOf } from '#cti-protocol/messages';
import { type Session, type VariableRegistration } from './session';

const callVariable = /^CallVariable(\d+)$/;

export function answerRegistration(session: Session, message: MessageOf<'REGISTER_VARIABLES_REQ'>): void {
  session.registration = {
    callVariableMask: message.CallVariableMask,
    names: new Set(message.NamedVariables.map(({ Name }) => Name)),
  };
  session.send({ name: 'REGISTER_VARIABLES_CONF', InvokeID: message.InvokeID });
}

/** The same message with only those variables that were registered for by REGISTER_VARIABLES_REQ. */
export function registeredOnly(draft: Draft, registration: VariableRegistration): Draft {
  if (draft.name !== 'BEGIN_CALL_EVENT' && draft.name !== 'CALL_DATA_UPDATE_EVENT') return draft;
  const kept = Object.entries(draft).filter(([field]) => {
    const number = callVariable.exec(field)?.[1];
    return number === undefined || (registration.callVariableMask & (1 << (Number(number) - 1))) !== 0;
  });
  const NamedVariables = draft.NamedVariables?.filter(({ Name }) => registration.names.has(Name));
  return { ...(Object.fromEntries(kept) as typeof draft), NamedVariables };
}
