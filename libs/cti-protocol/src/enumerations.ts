/**
 * The numbers of GED-188 and their names. A peer may send others: show those as they are.
 */

/** The name of a number, or the number itself when the table has no name for it. */
export function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  for (const name in table) {
    if (table[name] === value) {
      return name;
    }
  }
  return String(value);
}

/** The names of the bits that are set in a mask, lowest first; bits without a name as `0x…`. */
export function namesOfBits(table: Readonly<Record<string, number>>, mask: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const value = (1 << bit) >>> 0;
    if ((mask & value) !== 0) {
      const name = nameOf(table, value);
      names.push(name === String(value) ? `0x${value.toString(16)}` : name);
    }
  }
  return names;
}

/** What stands where there is nothing to say. */
export const Null = {
  /** PeripheralID, call id, service, skill group. */
  UINT: 0xffff_ffff,
  /** Device type, connection type, cause, state, call type. */
  USHORT: 0xffff,
} as const;

/** E_CTI_…: why a request or a session failed at protocol level (FAILURE_CONF, FAILURE_EVENT, CLOSE_REQ). */
export const StatusCode = {
  NO_ERROR: 0,
  INVALID_VERSION: 1,
  INVALID_MESSAGE_LENGTH: 2,
  INVALID_FIELD_TAG: 3,
  SESSION_NOT_OPEN: 4,
  SESSION_ALREADY_OPEN: 5,
  REQUIRED_DATA_MISSING: 6,
  INVALID_PERIPHERAL_ID: 7,
  INVALID_AGENT_DATA: 8,
  AGENT_NOT_LOGGED_ON: 9,
  DEVICE_IN_USE: 10,
  NEW_SESSION_OPENED: 11,
  FUNCTION_NOT_AVAILABLE: 12,
  INVALID_CALLID: 13,
  PROTECTED_VARIABLE: 14,
  CTI_SERVER_OFFLINE: 15,
  TIMEOUT: 16,
  UNSPECIFIED_FAILURE: 17,
  INVALID_TIMEOUT: 18,
  INVALID_SERVICE_MASK: 19,
  INVALID_CALL_MSG_MASK: 20,
  INVALID_AGENT_STATE_MASK: 21,
  INVALID_RESERVED_FIELD: 22,
  INVALID_FIELD_LENGTH: 23,
  INVALID_DIGITS: 24,
  BAD_MESSAGE_FORMAT: 25,
  INVALID_TAG_FOR_MSG_TYPE: 26,
  INVALID_DEVICE_ID_TYPE: 27,
  INVALID_LCL_CONN_STATE: 28,
  INVALID_EVENT_CAUSE: 29,
  INVALID_NUM_PARTIES: 30,
  INVALID_SYS_EVENT_ID: 31,
  INCONSISTENT_AGENT_DATA: 32,
  INVALID_CONNECTION_ID_TYPE: 33,
  INVALID_CALL_TYPE: 34,
  NOT_CALL_PARTY: 35,
  INVALID_PASSWORD: 36,
  CLIENT_DISCONNECTED: 37,
  INVALID_OBJECT_STATE: 38,
  INVALID_NUM_SKILL_GROUPS: 39,
  INVALID_NUM_LINES: 40,
  INVALID_LINE_TYPE: 41,
  INVALID_ALLOCATION_STATE: 42,
  INVALID_ANSWERING_MACHINE: 43,
  INVALID_CALL_MANNER_TYPE: 44,
  INVALID_CALL_PLACEMENT_TYPE: 45,
  INVALID_CONSULT_TYPE: 46,
  INVALID_FACILITY_TYPE: 47,
  INVALID_MSG_TYPE_FOR_VERSION: 48,
  INVALID_TAG_FOR_VERSION: 49,
  INVALID_AGENT_WORK_MODE: 50,
  INVALID_CALL_OPTION: 51,
  INVALID_DESTINATION_COUNTRY: 52,
  INVALID_ANSWER_DETECT_MODE: 53,
  MUTUALLY_EXCLUS_DEVICEID_TYPES: 54,
  INVALID_MONITORID: 55,
  SESSION_MONITOR_ALREADY_EXISTS: 56,
  SESSION_MONITOR_IS_CLIENTS: 57,
  INVALID_CALL_CONTROL_MASK: 58,
  INVALID_FEATURE_MASK: 59,
  INVALID_TRANSFER_CONFERENCE_SETUP_MASK: 60,
  INVALID_ARRAY_INDEX: 61,
  INVALID_CHARACTER: 62,
  CLIENT_NOT_FOUND: 63,
  SUPERVISOR_NOT_FOUND: 64,
  TEAM_NOT_FOUND: 65,
  NO_CALL_ACTIVE: 66,
  NAMED_VARIABLE_NOT_CONFIGURED: 67,
  NAMED_ARRAY_NOT_CONFIGURED: 68,
  INVALID_CALL_VARIABLE_MASK: 69,
  ELEMENT_NOT_FOUND: 70,
  INVALID_DISTRIBUTION_TYPE: 71,
  INVALID_SKILL_GROUP: 72,
  TOO_MUCH_DATA: 73,
  VALUE_TOO_LONG: 74,
  SCALAR_FUNCTION_ON_ARRAY: 75,
  ARRAY_FUNCTION_ON_SCALAR: 76,
  INVALID_NUM_NAMED_VARIABLES: 77,
  INVALID_NUM_NAMED_ARRAYS: 78,
  INVALID_RTP_DIRECTION: 79,
  INVALID_RTP_TYPE: 80,
  CALLED_PARTY_DISPOSITION: 81,
  INVALID_SUPERVISORY_ACTION: 82,
  AGENT_TEAM_MONITOR_ALREADY_EXISTS: 83,
  INVALID_SERVICE: 84,
  SERVICE_CONFLICT: 85,
  SKILL_GROUP_CONFLICT: 86,
  INVALID_DEVICE: 87,
  INVALID_MR_DOMAIN: 88,
  MONITOR_ALREADY_EXISTS: 89,
  MONITOR_TERMINATED: 90,
  INVALID_TASK_MSG_MASK: 91,
  SERVER_NOT_MASTER: 92,
  INVALID_CSD: 93,
  JTAPI_CCM_PROBLEM: 94,
  INVALID_CONFIG_MSG_MASK: 95,
  AUTO_CONFIG_RESET: 96,
  INVALID_MONITOR_STATUS: 97,
  INVALID_REQUEST_TYPE: 98,
  INVALID_CLIENT_FOR_STANDBY: 107,
  INVALID_UNIQUE_INSTANCE_ID: 108,
  DUPLICATE_UNIQUE_INSTANCE_ID: 109,
  SERVER_IN_MAINTENANCE_MODE: 110,
} as const;

export const AgentState = {
  LOGIN: 0,
  LOGOUT: 1,
  NOT_READY: 2,
  AVAILABLE: 3,
  TALKING: 4,
  WORK_NOT_READY: 5,
  WORK_READY: 6,
  BUSY_OTHER: 7,
  RESERVED: 8,
  UNKNOWN: 9,
  HOLD: 10,
  ACTIVE: 11,
  PAUSED: 12,
  INTERRUPTED: 13,
  NOT_ACTIVE: 14,
} as const;

export const AgentWorkMode = {
  UNSPECIFIED: 0,
  AUTO_IN: 1,
  MANUAL_IN: 2,
  CALL_BY_CALL: 3,
  NAILED_CONNECTION: 4,
} as const;

/** ServicesRequested and ServicesGranted of a session. */
export const ServiceMask = {
  CLIENT_EVENTS: 0x1,
  CALL_DATA_UPDATE: 0x2,
  CLIENT_CONTROL: 0x4,
  CONNECTION_MONITOR: 0x8,
  ALL_EVENTS: 0x10,
  PERIPHERAL_MONITOR: 0x20,
  CLIENT_MONITOR: 0x40,
  SUPERVISOR: 0x80,
  SERVER: 0x100,
  AGENT_REPORTING: 0x400,
  ALL_TASK_EVENTS: 0x800,
  TASK_MONITOR: 0x1000,
  /** Granted in place of CLIENT_CONTROL: agent states may be changed, calls may not. */
  AGENT_STATE_CONTROL_ONLY: 0x2000,
  DEVICE_STATE_CONTROL: 0x8000,
  // In the UCCX guides and on the wire, not in the table of UCCE: a strict server may refuse it.
  CONFIG_EVENTS: 0x40000,
  UPDATE_EVENTS: 0x80000,
  IGNORE_DUPLICATE_AGENT_EVENTS: 0x100000,
  IGNORE_CONF: 0x200000,
  ACD_LINE_ONLY: 0x400000,
  ACTIVE_STANDBY: 0x02000000,
  DEBUG: 0x80000000,
} as const;

/** Which call events a session wants. */
export const CallMsgMask = {
  DELIVERED: 0x1,
  QUEUED: 0x2,
  ESTABLISHED: 0x4,
  HELD: 0x8,
  RETRIEVED: 0x10,
  CLEARED: 0x20,
  CONNECTION_CLEARED: 0x40,
  ORIGINATED: 0x80,
  CONFERENCED: 0x100,
  TRANSFERRED: 0x200,
  DIVERTED: 0x400,
  SERVICE_INITIATED: 0x800,
  TRANSLATION_ROUTE: 0x1000,
  BEGIN_CALL: 0x2000,
  END_CALL: 0x4000,
  CALL_DATA_UPDATE: 0x8000,
  FAILED: 0x10000,
  REACHED_NETWORK: 0x20000,
  DEQUEUED: 0x40000,
  AGENT_PRE_CALL: 0x80000,
  AGENT_PRE_CALL_ABORT: 0x100000,
  RTP_STARTED: 0x200000,
  RTP_STOPPED: 0x400000,
  AGENT_TEAM_CONFIG: 0x800000,
  AGENT_LEGACY_PRE_CALL: 0x1000000,
  CALL_ATTRIBUTE_CHANGE: 0x2000000,
  CALL_TERMINATION: 0x4000000,
  CALL_AGENT_GREETING: 0x8000000,
  NETWORK_RECORDING_STARTED: 0x10000000,
  NETWORK_RECORDING_ENDED: 0x20000000,
  NETWORK_RECORDING_FAILED: 0x40000000,
  NETWORK_RECORDING_TARGET_INFO: 0x80000000,
} as const;

/** Which agent states a session wants events for: 1 << AgentState below UNKNOWN, which has no bit; from HOLD on 1 << (AgentState - 1). */
export const AgentStateMask = {
  LOGIN: 0x1,
  LOGOUT: 0x2,
  NOT_READY: 0x4,
  AVAILABLE: 0x8,
  TALKING: 0x10,
  WORK_NOT_READY: 0x20,
  WORK_READY: 0x40,
  BUSY_OTHER: 0x80,
  RESERVED: 0x100,
  HOLD: 0x200,
  ACTIVE: 0x400,
  PAUSED: 0x800,
  INTERRUPTED: 0x1000,
  NOT_ACTIVE: 0x2000,
} as const;

/** Which configuration a session wants (ConfigMsgMask, ConfigInformation). */
export const ConfigMask = {
  SERVICE: 0x1,
  SKILL_GROUP: 0x2,
  AGENT: 0x4,
  DEVICE: 0x8,
  CALL_TYPE: 0x10,
  MEDIA_ROUTING_DOMAIN: 0x20,
  PERIPHERAL: 0x40,
  AGENT_DESK_SETTINGS: 0x80,
  TERMINAL: 0x100,
  AGENT_SERVICE: 0x200,
} as const;

export const ConfigKeyStatus = { OK: 0, SERVICE_PROVIDER: 1, NO_KEYS_SUPPORTED: 2, UNKNOWN_CUSTOMER: 3 } as const;

/** Whether records were asked for, or changed by themselves (CONFIG_BEGIN_EVENT). */
export const ConfigType = { SOLICITED: 1, UPDATE: 2 } as const;

export const ConfigEndStatus = {
  SUCCESS: 0,
  SERVICE_PROVIDER: 1,
  UNKNOWN_CUSTOMER: 2,
  INVALID: 3,
  EMPTY: 4,
  PARTIAL: 5,
} as const;

/** What a configuration record does. */
export const RecordType = { ADD: 0, CHANGE: 1, DELETE: 2 } as const;

/** AgentType of a configuration record: agreed by all records seen, the guide has the names only. */
export const AgentType = { AGENT: 1, SUPERVISOR: 2 } as const;

/** ConfigOperation of AGENT_TEAM_CONFIG_EVENT. */
export const ConfigOperation = { RESTORE: 0, ADD: 1, REMOVE: 2 } as const;

/** SystemEventArg1 is the PeripheralID for 3, 4, 10 and 11. */
export const SystemEventID = {
  CENTRAL_CONTROLLER_ONLINE: 1,
  CENTRAL_CONTROLLER_OFFLINE: 2,
  PERIPHERAL_ONLINE: 3,
  PERIPHERAL_OFFLINE: 4,
  TEXT_FYI: 5,
  PERIPHERAL_GATEWAY_OFFLINE: 6,
  CTI_SERVER_OFFLINE: 7,
  CTI_SERVER_ONLINE: 8,
  HALF_HOUR_CHANGE: 9,
  INSTRUMENT_OUT_OF_SERVICE: 10,
  INSTRUMENT_BACK_IN_SERVICE: 11,
} as const;

/** Bits of PGStatus; 0 = all is well. With OPC_DOWN set there are no agent and no call events. */
export const PGStatus = {
  OPC_DOWN: 0x1,
  CENTRAL_CONTROLLER_DOWN: 0x2,
  PERIPHERAL_OFFLINE: 0x4,
  CTI_SERVER_OFFLINE: 0x8,
  LIMITED_FUNCTION: 0x10,
} as const;

/** SessionType of OPEN_CONF (version 24): whether this server is the active one of the pair. */
export const SessionType = { UNKNOWN: 0, ACTIVE: 1, STANDBY: 2 } as const;

/** UCCE agents are on ENTERPRISE_AGENT. */
export const PeripheralType = {
  NONE: 0xffff,
  ASPECT: 1,
  MERIDIAN: 2,
  G2: 3,
  DEFINITY_ECS_NON_EAS: 4,
  DEFINITY_ECS_EAS: 5,
  GALAXY: 6,
  SPECTRUM: 7,
  VRU: 8,
  VRU_POLLED: 9,
  DMS100: 10,
  SIEMENS_9006: 11,
  SIEMENS_9005: 12,
  ALCATEL: 13,
  NEC_NEAX_2X00: 14,
  ACP_1000: 15,
  SYMPOSIUM: 16,
  ENTERPRISE_AGENT: 17,
  MD110: 18,
  MEDIA_ROUTING: 19,
  GENERIC: 20,
  ACMI_CRS: 21,
  ACMI_IPCC: 22,
  SIMPLIFIED_IPCC: 23,
  ARS: 24,
  ACMI_ERS: 25,
  ACMI_EXPERT_ADVISOR: 26,
  RESERVED: 27,
} as const;

/** CF_…: why the peripheral refused a request (CONTROL_FAILURE_CONF). */
export const FailureCode = {
  GENERIC_UNSPECIFIED: 0,
  GENERIC_OPERATION: 1,
  REQUEST_INCOMPATIBLE_WITH_OBJECT: 2,
  VALUE_OUT_OF_RANGE: 3,
  OBJECT_NOT_KNOWN: 4,
  INVALID_CALLING_DEVICE: 5,
  INVALID_CALLED_DEVICE: 6,
  INVALID_FORWARDING_DESTINATION: 7,
  PRIVILEGE_VIOLATION_ON_SPECIFIED_DEVICE: 8,
  PRIVILEGE_VIOLATION_ON_CALLED_DEVICE: 9,
  PRIVILEGE_VIOLATION_ON_CALLING_DEVICE: 10,
  INVALID_CSTA_CALL_IDENTIFIER: 11,
  INVALID_CSTA_DEVICE_IDENTIFIER: 12,
  INVALID_CSTA_CONNECTION_IDENTIFIER: 13,
  INVALID_DESTINATION: 14,
  INVALID_FEATURE: 15,
  INVALID_ALLOCATION_STATE: 16,
  INVALID_CROSS_REF_ID: 17,
  INVALID_OBJECT_TYPE: 18,
  SECURITY_VIOLATION: 19,
  GENERIC_STATE_INCOMPATIBILITY: 21,
  INVALID_OBJECT_STATE: 22,
  INVALID_CONNECTION_ID_FOR_ACTIVE_CALL: 23,
  NO_ACTIVE_CALL: 24,
  NO_HELD_CALL: 25,
  NO_CALL_TO_CLEAR: 26,
  NO_CONNECTION_TO_CLEAR: 27,
  NO_CALL_TO_ANSWER: 28,
  NO_CALL_TO_COMPLETE: 29,
  GENERIC_SYSTEM_RESOURCE_AVAILABILITY: 31,
  SERVICE_BUSY: 32,
  RESOURCE_BUSY: 33,
  RESOURCE_OUT_OF_SERVICE: 34,
  NETWORK_BUSY: 35,
  NETWORK_OUT_OF_SERVICE: 36,
  OVERALL_MONITOR_LIMIT_EXCEEDED: 37,
  CONFERENCE_MEMBER_LIMIT_EXCEEDED: 38,
  GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY: 41,
  OBJECT_MONITOR_LIMIT_EXCEEDED: 42,
  EXTERNAL_TRUNK_LIMIT_EXCEEDED: 43,
  OUTSTANDING_REQUEST_LIMIT_EXCEEDED: 44,
  GENERIC_PERFORMANCE_MANAGEMENT: 51,
  PERFORMANCE_LIMIT_EXCEEDED: 52,
  SEQUENCE_NUMBER_VIOLATED: 61,
  TIME_STAMP_VIOLATED: 62,
  PAC_VIOLATED: 63,
  SEAL_VIOLATED: 64,
  GENERIC_UNSPECIFIED_REJECTION: 70,
  GENERIC_OPERATION_REJECTION: 71,
  DUPLICATE_INVOCATION_REJECTION: 72,
  UNRECOGNIZED_OPERATION_REJECTION: 73,
  MISTYPED_ARGUMENT_REJECTION: 74,
  RESOURCE_LIMITATION_REJECTION: 75,
  ACS_HANDLE_TERMINATION_REJECTION: 76,
  SERVICE_TERMINATION_REJECTION: 77,
  REQUEST_TIMEOUT_REJECTION: 78,
  REQUESTS_ON_DEVICE_EXCEEDED_REJECTION: 79,
  INVALID_AGENT_ID_SPECIFIED: 256,
  INVALID_PASSWORD_SPECIFIED: 257,
  INVALID_AGENT_ID_OR_PASSWORD_SPECIFIED: 258,
  SPECIFIED_AGENT_ALREADY_SIGNED_ON: 259,
  INVALID_LOGON_DEVICE_SPECIFIED: 260,
  INVALID_ANSWERING_DEVICE_SPECIFIED: 261,
  INVALID_SKILL_GROUP_SPECIFIED: 262,
  INVALID_CLASS_OF_SERVICE_SPECIFIED: 263,
  INVALID_TEAM_SPECIFIED: 264,
  INVALID_AGENT_WORKMODE: 265,
  INVALID_AGENT_REASON_CODE: 266,
  ADJUNCT_SWITCH_COMM_ERROR: 267,
  AGENT_NOT_PARTY_ON_CALL: 268,
  INTERNAL_PROCESSING_ERROR: 269,
  TAKE_CALL_CONTROL_REJECTION: 270,
  TAKE_DOMAIN_CONTROL_REJECTION: 271,
  REQUESTED_SERVICE_NOT_REGISTERED: 272,
  INVALID_CONSULT_TYPE: 273,
  ANSMAP_OR_ADPARAM_FIELD_NOT_VALID: 274,
  INVALID_CALL_CONTROL_TABLE_SPECIFIED: 275,
  UNKNOWN_INTERFACE_CTRLR_ID: 1001,
  INVALID_INTERFACE_CTRLR_TYPE: 1002,
  SOFTWARE_REV_NO_SUPPORTED: 1003,
  UNKNOWN_PID: 1004,
  INVALID_TABLE_SPECIFIED: 1005,
  PD_SERVICE_INACTIVE: 1006,
  UNKNOWN_ROUTING_CLIENT_ID: 1007,
  RC_SERVICE_INACTIVATE: 1008,
  INVALID_DIALED_NUMBER: 1009,
  INVALID_PARAMETER: 1010,
  UNKNOWN_ROUTING_PROBLEM: 1011,
  UNSUPPORTED_PD_MESSAGE_REVISION: 1012,
  UNSUPPORTED_RC_MESSAGE_REVISION: 1013,
  UNSUPPORTED_IC_MESSAGE_REVISION: 1014,
  RC_SERVICE_INACTIVATE_PIM: 1015,
  AGENT_GREETING_CONTROL_OPERATION_FAILURE: 1016,
} as const;

/** PeripheralErrorCode of UCCE for requests about agent states (CONTROL_FAILURE_CONF). */
export const PeripheralErrorCode = {
  ALREADY_LOGGED_OUT: 10101,
  CANNOT_GO_UNAVAILABLE_NOW: 10104,
  BAD_STATE_TRANSITION: 10108,
  CANNOT_GO_READY: 10111,
  CANNOT_LOG_OUT_FROM_THIS_STATE: 10112,
} as const;

/** State of one end of a call. */
export const LocalConnectionState = {
  NONE: 0xffff,
  NULL: 0,
  INITIATE: 1,
  ALERTING: 2,
  CONNECT: 3,
  HOLD: 4,
  QUEUED: 5,
  FAIL: 6,
} as const;

/** Why a call event happened. Names printed for two numbers end in _EXTENDED for the one above 1000. */
export const EventCause = {
  NONE: 0xffff,
  ACTIVE_MONITOR: 1,
  ALTERNATE: 2,
  BUSY: 3,
  CALL_BACK: 4,
  CALL_CANCELLED: 5,
  CALL_FORWARD_ALWAYS: 6,
  CALL_FORWARD_BUSY: 7,
  CALL_FORWARD_NO_ANSWER: 8,
  CALL_FORWARD: 9,
  CALL_NOT_ANSWERED: 10,
  CALL_PICKUP: 11,
  CAMP_ON: 12,
  DEST_NOT_OBTAINABLE: 13,
  DO_NOT_DISTURB: 14,
  INCOMPATIBLE_DESTINATION: 15,
  INVALID_ACCOUNT_CODE: 16,
  KEY_CONFERENCE: 17,
  LOCKOUT: 18,
  MAINTENANCE: 19,
  NETWORK_CONGESTION: 20,
  NETWORK_NOT_OBTAINABLE: 21,
  NEW_CALL: 22,
  NO_AVAILABLE_AGENTS: 23,
  OVERRIDE: 24,
  PARK: 25,
  OVERFLOW: 26,
  RECALL: 27,
  REDIRECTED: 28,
  REORDER_TONE: 29,
  RESOURCES_NOT_AVAILABLE: 30,
  SILENT_MONITOR: 31,
  TRANSFER: 32,
  TRUNKS_BUSY: 33,
  VOICE_UNIT_INITIATOR: 34,
  TIME_OUT: 35,
  NEW_CALL_INTERFLOW: 36,
  SIMULATION_INIT_REQUEST: 37,
  SIMULATION_RESET_REQUEST: 38,
  CTI_LINK_DOWN: 39,
  PERIPHERAL_RESET_REQUEST: 40,
  MD110_CONFERENCE_TRANSFER: 41,
  REMAINS_IN_Q: 42,
  SUPERVISOR_ASSIST: 43,
  EMERGENCY_CALL: 44,
  SUPERVISOR_CLEAR: 45,
  SUPERVISOR_MONITOR: 46,
  SUPERVISOR_WHISPER: 47,
  SUPERVISOR_BARGE_IN: 48,
  SUPERVISOR_INTERCEPT: 49,
  CALL_PARTY_UPDATE_IND: 50,
  CONSULT: 51,
  NIC_CALL_CLEAR: 52,
  DNP: 53,
  ROUTER_REQUERY_BEFORE_ANSWER: 54,
  ROUTER_REQUERY_AFTER_ANSWER: 55,
  NETWORK_ERROR: 56,
  NETWORK_ERROR_BEFORE_ANSWER: 57,
  NETWORK_ERROR_AFTER_ANSWER: 58,
  GREETING: 59,
  RECORD_AGENT_GREETING: 60,
  SNAPSHOT: 61,
  MAX_QUEUE_EXCEEDED: 62,
  ABAND_NETWORK: 1001,
  ABAND_LOCAL_QUEUE: 1002,
  ABAND_RING: 1003,
  ABAND_DELAY: 1004,
  ABAND_INTERFLOW: 1005,
  ABAND_AGENT_TERMINAL: 1006,
  SHORT: 1007,
  BUSY_EXTENDED: 1008,
  FORCED_BUSY: 1009,
  DROP_NO_ANSWER: 1010,
  DROP_BUSY: 1011,
  DROP_REORDER: 1012,
  DROP_HANDLED_PRIMARY_ROUTE: 1013,
  DROP_HANDLED_OTHER: 1014,
  REDIRECTED_EXTENDED: 1015,
  CUT_THROUGH: 1016,
  INTRAFLOW: 1017,
  INTERFLOW: 1018,
  RING_NO_ANSWER: 1019,
  INTERCEPT_REORDER: 1020,
  INTERCEPT_DENIAL: 1021,
  TIME_OUT_EXTENDED: 1022,
  VOICE_ENERGY: 1023,
  NONCLASSIFIED_ENERGY_DETECT: 1024,
  NO_CUT_THROUGH: 1025,
  UABORT: 1026,
  FAILED_SOFTWARE: 1027,
  BLIND_TRANSFER: 1028,
  ANNOUNCED_TRANSFER: 1029,
  CONFERENCED: 1030,
  DUPLICATE_TRANSFER: 1031,
  UNMONITORED_DEVICE: 1032,
  ANSWERING_MACHINE: 1033,
  NETWORK_BLIND_TRANSFER: 1034,
  TASK_ABANDONED_IN_ROUTER: 1035,
  TASK_ABANDONED_BEFORE_OFFERED: 1036,
  TASK_ABANDONED_WHILE_OFFERED: 1037,
  NORMAL_END_TASK: 1038,
  CANT_OBTAIN_TASK_ID: 1039,
  AGENT_LOGGED_OUT_DURING_TASK: 1040,
  MAX_TASK_LIFETIME_EXCEEDED: 1041,
  APPLICATION_PATH_WENT_DOWN: 1042,
  ICM_ROUTING_COMPLETE: 1043,
  ICM_ROUTING_DISABLED: 1044,
  APPL_INVALID_MRD_ID: 1045,
  // Printed as 1056, which is NETWORK_CONFERENCE; the list around it wants 1046.
  APPL_INVALID_DIALOGUE_ID: 1046,
  APPL_DUPLICATE_DIALOGUE_ID: 1047,
  APPL_INVALID_INVOKE_ID: 1048,
  APPL_INVALID_SCRIPT_SELECTOR: 1049,
  APPL_TERMINATE_DIALOGUE: 1050,
  TASK_ENDED_DURING_APP_INIT: 1051,
  CALLED_PARTY_DISCONNECTED: 1052,
  PARTIAL_CALL: 1053,
  DROP_NETWORK_CONSULT: 1054,
  NETWORK_CONSULT_TRANSFER: 1055,
  NETWORK_CONFERENCE: 1056,
  ABAND_NETWORK_CONSULT: 1057,
} as const;

/** What kind of device a …DeviceID names. */
export const DeviceIDType = {
  NONE: 0xffff,
  DEVICE_IDENTIFIER: 0,
  TRUNK_IDENTIFIER: 70,
  TRUNK_GROUP_IDENTIFIER: 71,
  IP_PHONE_MAC_IDENTIFIER: 72,
  CTI_PORT: 73,
  ROUTE_POINT: 74,
  EXTERNAL: 75,
  AGENT_DEVICE: 76,
  QUEUE: 77,
  NON_ACD_DEVICE_IDENTIFIER: 78,
  SHARED_DEVICE_IDENTIFIER: 79,
} as const;

export const ConnectionDeviceIDType = { NONE: 0xffff, STATIC: 0, DYNAMIC: 1 } as const;

/** The line a call is on. */
export const LineType = {
  INBOUND_ACD: 0,
  OUTBOUND_ACD: 1,
  INSIDE: 2,
  UNKNOWN: 3,
  SUPERVISOR: 4,
  MESSAGE: 5,
  HELP: 6,
  OUTBOUND: 7,
  DID: 8,
  SILENT_MONITOR: 9,
  NON_ACD_IN: 10,
  NON_ACD_OUT: 11,
  NONE: 0xffff,
} as const;

/** What kind of call it is; 0xffff = none. */
export const CallType = {
  ACD_IN: 1,
  PREROUTE_ACD_IN: 2,
  PREROUTE_DIRECT_AGENT: 3,
  TRANSFER_IN: 4,
  OVERFLOW_IN: 5,
  OTHER_IN: 6,
  AUTO_OUT: 7,
  AGENT_OUT: 8,
  OUT: 9,
  AGENT_INSIDE: 10,
  OFFERED: 11,
  CONSULT: 12,
  CONSULT_OFFERRED: 13,
  CONSULT_CONFERENCE: 14,
  CONFERENCE: 15,
  UNMONITORED: 16,
  PREVIEW: 17,
  RESERVATION: 18,
  ASSIST: 19,
  EMERGENCY: 20,
  SUPERVISOR_MONITOR: 21,
  SUPERVISOR_WHISPER: 22,
  SUPERVISOR_BARGEIN: 23,
  SUPERVISOR_INTERCEPT: 24,
  TASK_ROUTED_BY_ICM: 25,
  TASK_ROUTED_BY_APPLICATION: 26,
  // 27 is printed for NON_ACD too; in use that is 38.
  RESERVATION_PREVIEW: 27,
  RESERVATION_PREVIEW_DIRECT: 28,
  RESERVATION_PREDICTIVE: 29,
  RESERVATION_CALLBACK: 30,
  RESERVATION_PERSONAL_CALLBACK: 31,
  CUSTOMER_PREVIEW: 32,
  CUSTOMER_PREVIEW_DIRECT: 33,
  CUSTOMER_PREDICTIVE: 34,
  CUSTOMER_CALLBACK: 35,
  CUSTOMER_PERSONAL: 36,
  CUSTOMER_IVR: 37,
  NON_ACD: 38,
  PLAY_AGENT_GREETING: 39,
  RECORD_AGENT_GREETING: 40,
  VOICE_CALL_BACK: 41,
} as const;

/** TypeOfDevice of QUERY_DEVICE_INFO_CONF. */
export const TypeOfDevice = {
  STATION: 0,
  LINE: 1,
  BUTTON: 2,
  ACD: 3,
  TRUNK: 4,
  OPERATOR: 5,
  STATION_GROUP: 16,
  LINE_GROUP: 17,
  BUTTON_GROUP: 18,
  ACD_GROUP: 19,
  TRUNK_GROUP: 20,
  OPERATOR_GROUP: 21,
  CTI_PORT_SCCP: 22,
  CTI_PORT_SIP: 23,
  OTHER: 255,
} as const;

/** ClassOfDevice of QUERY_DEVICE_INFO_CONF. */
export const ClassOfDevice = { OTHER: 0x10, IMAGE: 0x20, DATA: 0x40, VOICE: 0x80 } as const;

/** Requests a device supports (QUERY_DEVICE_INFO_CONF). */
export const CallControlSupported = {
  QUERY_AGENT_STATE: 1,
  SET_AGENT_STATE: 2,
  ALTERNATE: 4,
  ANSWER: 8,
  CLEAR_CALL: 0x10,
  CLEAR_CONNECTION: 0x20,
  CONFERENCE: 0x40,
  CONSULTATION: 0x80,
  DEFLECT: 0x100,
  HOLD: 0x200,
  MAKE_CALL: 0x400,
  MAKE_PREDICTIVE: 0x800,
  RECONNECT: 0x1000,
  RETRIEVE: 0x2000,
  TRANSFER: 0x4000,
  QUERY_DEVICE_INFO: 0x8000,
  SNAPSHOT_CALL: 0x10000,
  SNAPSHOT_DEVICE: 0x20000,
  SEND_DTMF: 0x40000,
} as const;

/** How a device makes conferences and transfers (QUERY_DEVICE_INFO_CONF). */
export const TransferConferenceSetup = {
  CONFERENCE_SPECIFIC_CONSULT: 0x1,
  CONFERENCE_ANY_CONSULT: 0x2,
  CONFERENCE_CONNECTED_AND_HELD: 0x4,
  CONFERENCE_ANY_TWO: 0x8,
  CONFERENCE_SINGLE_ACD: 0x10,
  TRANSFER_SINGLE_ACD: 0x20,
  CONFERENCE_ANY_SINGLE: 0x40,
  TRANSFER_ANY_SINGLE: 0x80,
} as const;

export const OtherFeatures = { POST_ROUTE: 0x1, UNIQUE_CONSULT_CALL_ID: 0x2 } as const;

/** How a call ended; 0 = none or unknown. */
export const CalledPartyDisposition = {
  ABANDONED_IN_NETWORK: 1,
  ABANDONED_IN_LOCAL_QUEUE: 2,
  ABANDONED_RING: 3,
  ABANDONED_DELAY: 4,
  ABANDONED_INTERFLOW: 5,
  ABANDONED_AGENT_TERMINAL: 6,
  SHORT: 7,
  BUSY: 8,
  FORCED_BUSY: 9,
  DISCONNECT_DROP_NO_ANSWER: 10,
  DISCONNECT_DROP_BUSY: 11,
  DISCONNECT_DROP_REORDER: 12,
  DISCONNECT_DROP_HANDLED_PRIMARY_ROUTE: 13,
  DISCONNECT_DROP_HANDLED_OTHER: 14,
  REDIRECTED: 15,
  CUT_THROUGH: 16,
  INTRAFLOW: 17,
  INTERFLOW: 18,
  RING_NO_ANSWER: 19,
  INTERCEPT_REORDER: 20,
  INTERCEPT_DENIAL: 21,
  TIME_OUT: 22,
  VOICE_ENERGY: 23,
  NON_CLASSIFIED_ENERGY_DETECTED: 24,
  NO_CUT_THROUGH: 25,
  U_ABORT: 26,
  FAILED_SOFTWARE: 27,
  BLIND_TRANSFER: 28,
  ANNOUNCED_TRANSFER: 29,
  CONFERENCED: 30,
  DUPLICATE_TRANSFER: 31,
  UNMONITORED_DEVICE: 32,
  ANSWERING_MACHINE: 33,
  NETWORK_BLIND_TRANSFER: 34,
  TASK_ABANDONED_IN_ROUTER: 35,
  TASK_ABANDONED_BEFORE_OFFERED: 36,
  TASK_ABANDONED_WHILE_OFFERED: 37,
  NORMAL_END_TASK: 38,
  CANT_OBTAIN_TASK_ID: 39,
  AGENT_LOGGED_OUT_DURING_TASK: 40,
  MAXIMUM_TASK_LIFETIME_EXCEEDED: 41,
  APPLICATION_PATH_WENT_DOWN: 42,
  UNIFIED_CCE_ROUTING_COMPLETE: 43,
  UNIFIED_CCE_ROUTING_DISABLED: 44,
  APPLICATION_INVALID_MRD_ID: 45,
  APPLICATION_INVALID_DIALOGUE_ID: 46,
  APPLICATION_DUPLICATE_DIALOGUE_ID: 47,
  APPLICATION_INVALID_INVOKE_ID: 48,
  APPLICATION_INVALID_SCRIPT_SELECTOR: 49,
  APPLICATION_TERMINATE_DIALOGUE: 50,
  TASK_ENDED_DURING_APPLICATION_INIT: 51,
  CALLED_PARTY_DISCONNECTED: 52,
  PARTIAL_CALL: 53,
  DROP_NETWORK_CONSULT: 54,
  NETWORK_CONSULT_TRANSFER: 55,
  ABANDON_NETWORK_CONSULT: 57,
  ROUTER_REQUERY_BEFORE_ANSWER: 58,
  ROUTER_REQUERY_AFTER_ANSWER: 59,
  NETWORK_ERROR: 60,
  NETWORK_ERROR_BEFORE_ANSWER: 61,
  NETWORK_ERROR_AFTER_ANSWER: 62,
  TASK_TRANSFER: 63,
  APPLICATION_DISCONNECTED: 64,
  TASK_TRANSFERRED_ON_AGENT_LOGOUT: 65,
} as const;

export const SilentMonitorStatus = { NORMAL: 0, INITIATOR: 1, TARGET: 2 } as const;

export const SupervisoryAction = { CLEAR: 0, MONITOR: 1, WHISPER: 2, BARGE_IN: 3, INTERCEPT: 4 } as const;

/** AgentServiceReq of SET_AGENT_STATE_REQ. */
export const AgentServiceReq = { NONE: 0, OUTBOUND_SUPPORT: 1 } as const;

/** ForcedFlag of SET_AGENT_STATE_REQ. Newer guides call it reserved: a server may act as if it were 0. */
export const ForcedFlag = { NO: 0, FORCED: 1, AUTHENTICATE_ONLY: 2 } as const;

export const AgentAvailabilityStatus = { NOT_AVAILABLE: 0, ICM_AVAILABLE: 1, APPLICATION_AVAILABLE: 2 } as const;

/** Direction of AGENT_STATE_EVENT: of the call the agent works on. */
export const Direction = {
  NONE: 0,
  IN: 1,
  OUT: 2,
  OTHER_IN: 3,
  OTHER_OUT: 4,
  OUTBOUND_RESERVE: 5,
  OUTBOUND_PREVIEW: 6,
  OUTBOUND_PREDICTIVE: 7,
} as const;

export const MultilineAgentControl = { SINGLE_LINE: 0, MULTI_LINE: 1 } as const;

/** Who gets a USER_MESSAGE_REQ. */
export const Distribution = { CLIENT: 0, SUPERVISOR: 1, TEAM: 2, ALL: 3 } as const;

/** AgentFlags of a team's member. */
export const AgentFlags = { AGENT: 0, PRIMARY_SUPERVISOR: 1, TEMPORARY: 2, SUPERVISOR: 4 } as const;

/** State of CLIENT_EVENT_REPORT_REQ. */
export const ClientEventState = { NORMAL: 0, WARNING: 1, ERROR: 2 } as const;

/** EventReasonCode: reasons that UCCE, UCCX (32740 to 32767) and Finesse set themselves. Others are configured by the site; 0 = none. */
export const ReasonCode = {
  NONE: 0,
  DESKTOP_LOST: 255,
  SUPERVISOR_FORCED: 999,
  NOT_READY_BEFORE_FORCED_LOGOUT: 20001,
  FORCED_LOGOUT: 20002,
  FORCED_LOGOUT_NOT_FROM_NOT_READY: 20003,
  SIGNED_IN_ELSEWHERE: 32740,
  EXTENSION_TAKEN: 32741,
  NON_ACD_OFF_HOOK: 32742,
  OUTBOUND_WRAP_UP: 32745,
  OUTBOUND_DIRECT_PREVIEW: 32746,
  OUTBOUND_RESERVED: 32747,
  AGENT_DELETED: 32748,
  CALL_CANCELLED: 32749,
  UCCX_EXTENSION_CHANGED: 32750,
  OUTBOUND_SKIPPED: 32751,
  RESERVATION_CANCELLED: 32752,
  LINE_RESTRICTED: 32753,
  DEVICE_RESTRICTED: 32754,
  CALL_ENDED: 32755,
  PHONE_UP: 32756,
  CALL_MANAGER_FAILOVER: 32757,
  WORK_TIMER_EXPIRED: 32758,
  PHONE_DOWN: 32759,
  SIGNED_IN: 32760,
  NON_ACD_CALL_RECEIVED: 32761,
  OFF_HOOK: 32762,
  RING_NO_ANSWER: 32763,
  SERVER_FAILURE: 32764,
  CONNECTION_LOST: 32765,
  DESKTOP_CLOSED: 32766,
  CALL_NOT_ANSWERED: 32767,
  CTI_CLIENT_DISCONNECTED: 50001,
  CTI_COMPONENT_FAILURE: 50002,
  DEVICE_OUT_OF_SERVICE: 50003,
  INACTIVITY: 50004,
  NON_ACD_CALL: 50005,
  OUTBOUND_CALL: 50006,
  ROUTED_CALLS_DID_NOT_ARRIVE: 50010,
  REMOVED_FROM_SKILL_GROUP: 50020,
  DEVICE_TARGET_CONFLICT: 50030,
  MOBILE_AGENT_CALL_FAILED: 50040,
  MOBILE_AGENT_LINE_BUSY: 50041,
  NAILED_UP_LINE_LOST: 50042,
  DESKTOP_RECONNECTED: 50045,
  LOGIN_WITH_CALL: 51004,
  EXTENSION_CHANGED: 65533,
  PERIPHERAL_GATEWAY_RESET: 65534,
  PERIPHERAL_RESTART: 65535,
} as const;

/** The states a reason goes with. In other states the field is on the wire too, and means nothing. */
export type ReasonState = 'NOT_READY' | 'LOGOUT';

export interface ReasonMeaning {
  readonly states: readonly ReasonState[];
  readonly meaning: string;
}

/** What each reason says, for people. */
export const reasonMeanings: Readonly<Record<keyof typeof ReasonCode, ReasonMeaning>> = {
  NONE: { states: ['NOT_READY', 'LOGOUT'], meaning: 'no reason given' },
  DESKTOP_LOST: { states: ['LOGOUT'], meaning: 'the desktop was lost and the agent was signed out' },
  SUPERVISOR_FORCED: { states: ['NOT_READY', 'LOGOUT'], meaning: 'a supervisor forced the change' },
  NOT_READY_BEFORE_FORCED_LOGOUT: { states: ['NOT_READY'], meaning: 'first step of a forced logout' },
  FORCED_LOGOUT: { states: ['LOGOUT'], meaning: 'logout by request, from Not Ready' },
  FORCED_LOGOUT_NOT_FROM_NOT_READY: {
    states: ['NOT_READY', 'LOGOUT'],
    meaning: 'forced logout of an agent who was not in Not Ready: set Not Ready first',
  },
  SIGNED_IN_ELSEWHERE: { states: ['LOGOUT'], meaning: 'signed in again in another session' },
  EXTENSION_TAKEN: { states: ['LOGOUT'], meaning: 'another agent signed in on the same extension' },
  NON_ACD_OFF_HOOK: { states: ['NOT_READY'], meaning: 'a monitored line that is no contact-centre line is in use' },
  OUTBOUND_WRAP_UP: { states: [], meaning: 'wrap-up after an outbound call' },
  OUTBOUND_DIRECT_PREVIEW: { states: [], meaning: 'reserved for a direct preview outbound call' },
  OUTBOUND_RESERVED: { states: [], meaning: 'reserved for a progressive or predictive outbound call' },
  AGENT_DELETED: { states: ['LOGOUT'], meaning: 'the agent was deleted in Unified CM' },
  CALL_CANCELLED: { states: ['NOT_READY'], meaning: 'a consult call was cancelled' },
  UCCX_EXTENSION_CHANGED: { states: ['LOGOUT'], meaning: "the agent's extension was changed in Unified CM" },
  OUTBOUND_SKIPPED: { states: ['NOT_READY'], meaning: 'a preview outbound call was skipped' },
  RESERVATION_CANCELLED: { states: ['NOT_READY'], meaning: 'an outbound reservation was cancelled' },
  LINE_RESTRICTED: { states: ['NOT_READY', 'LOGOUT'], meaning: "the agent's line is restricted" },
  DEVICE_RESTRICTED: { states: ['NOT_READY', 'LOGOUT'], meaning: "the agent's device is restricted" },
  CALL_ENDED: { states: ['NOT_READY'], meaning: 'the call ended' },
  PHONE_UP: { states: ['NOT_READY'], meaning: 'the phone is in service again' },
  CALL_MANAGER_FAILOVER: { states: ['NOT_READY'], meaning: 'Unified CM failed over' },
  WORK_TIMER_EXPIRED: { states: ['NOT_READY'], meaning: 'the time for wrap-up is over' },
  PHONE_DOWN: { states: ['NOT_READY', 'LOGOUT'], meaning: 'the phone went out of service' },
  SIGNED_IN: { states: ['NOT_READY'], meaning: 'just signed in' },
  NON_ACD_CALL_RECEIVED: { states: ['NOT_READY'], meaning: 'received a call that is no contact-centre call' },
  OFF_HOOK: { states: ['NOT_READY'], meaning: 'off hook or outbound call from Available (before 12.5)' },
  RING_NO_ANSWER: { states: ['NOT_READY'], meaning: 'an offered call was not answered' },
  SERVER_FAILURE: { states: ['LOGOUT'], meaning: 'the contact-centre server failed' },
  CONNECTION_LOST: { states: ['LOGOUT'], meaning: 'the connection of the desktop or phone was lost' },
  DESKTOP_CLOSED: { states: ['LOGOUT'], meaning: 'the desktop was closed without a sign-out' },
  CALL_NOT_ANSWERED: { states: ['NOT_READY'], meaning: 'an offered call was not answered and went elsewhere' },
  CTI_CLIENT_DISCONNECTED: { states: ['LOGOUT'], meaning: 'the CTI client disconnected' },
  CTI_COMPONENT_FAILURE: { states: ['NOT_READY', 'LOGOUT'], meaning: 'a CTI component or the desktop failed' },
  DEVICE_OUT_OF_SERVICE: { states: ['LOGOUT'], meaning: 'the phone went out of service' },
  INACTIVITY: { states: ['LOGOUT'], meaning: 'inactive for longer than the desk settings allow' },
  NON_ACD_CALL: { states: ['NOT_READY'], meaning: 'on a call that is no contact-centre call' },
  OUTBOUND_CALL: { states: ['NOT_READY'], meaning: 'outbound call from Available, for its duration' },
  ROUTED_CALLS_DID_NOT_ARRIVE: { states: ['NOT_READY'], meaning: 'several routed calls in a row did not arrive' },
  REMOVED_FROM_SKILL_GROUP: { states: ['LOGOUT'], meaning: 'removed from a skill group' },
  DEVICE_TARGET_CONFLICT: { states: ['LOGOUT'], meaning: 'the device belongs to another target' },
  MOBILE_AGENT_CALL_FAILED: { states: ['LOGOUT'], meaning: 'the call to the mobile agent failed' },
  MOBILE_AGENT_LINE_BUSY: { states: ['NOT_READY'], meaning: "the mobile agent's line was busy" },
  NAILED_UP_LINE_LOST: { states: ['LOGOUT'], meaning: "the mobile agent's standing connection was lost" },
  DESKTOP_RECONNECTED: { states: [], meaning: 'the desktop reconnected; the state did not change' },
  LOGIN_WITH_CALL: { states: ['NOT_READY'], meaning: 'signed in on an extension that had a call' },
  EXTENSION_CHANGED: { states: ['NOT_READY', 'LOGOUT'], meaning: 'the extension was changed' },
  PERIPHERAL_GATEWAY_RESET: { states: ['NOT_READY', 'LOGOUT'], meaning: 'the peripheral gateway was reset' },
  PERIPHERAL_RESTART: { states: ['NOT_READY', 'LOGOUT'], meaning: 'the peripheral was restarted' },
};

/** In UCCX this number is a sign-out; in UCCE it is a call that was not answered. */
const signedInAgain: ReasonMeaning = { states: ['LOGOUT'], meaning: 'signed in again on another device' };

/** What a reason code says, `undefined` for a code of the site. `state`: that it came with, where it is known. */
export function meaningOfReason(reasonCode: number, state?: ReasonState): ReasonMeaning | undefined {
  if (reasonCode === ReasonCode.CALL_NOT_ANSWERED && state === 'LOGOUT') return signedInAgain;
  const entry = Object.entries(ReasonCode).find(([, code]) => code === reasonCode);
  return entry === undefined ? undefined : reasonMeanings[entry[0] as keyof typeof ReasonCode];
}

/** From here up and between these, a code is the system's, known by name or not. */
const systemReasonMin = 50_000;
const uccxReasons = { min: 32_740, max: 32_767 };

/** Whether the system gave that reason, and no person chose it. */
export function isSystemReason(reasonCode: number): boolean {
  if (reasonCode === ReasonCode.NONE) return false;
  const isOfUccx = reasonCode >= uccxReasons.min && reasonCode <= uccxReasons.max;
  return reasonCode >= systemReasonMin || isOfUccx || meaningOfReason(reasonCode) !== undefined;
}
