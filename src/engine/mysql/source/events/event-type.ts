/**
 * Codes of events, as far as a server of today writes them (MySQL: libs/mysql/binlog/event/binlog_event.h, Log_event_type;
 * MariaDB: sql/log_event.h, Log_event_type). MariaDB's own begin at 160.
 */
export const QUERY = 2;
export const STOP = 3;
export const ROTATE = 4;
export const INTVAR = 5;
export const RAND = 13;
export const USER_VAR = 14;
export const FORMAT_DESCRIPTION = 15;
export const XID = 16;
export const BEGIN_LOAD_QUERY = 17;
export const EXECUTE_LOAD_QUERY = 18;
export const TABLE_MAP = 19;
export const WRITE_ROWS_V1 = 23;
export const UPDATE_ROWS_V1 = 24;
export const DELETE_ROWS_V1 = 25;
export const INCIDENT = 26;
export const HEARTBEAT = 27;
export const ROWS_QUERY = 29;
export const WRITE_ROWS = 30;
export const UPDATE_ROWS = 31;
export const DELETE_ROWS = 32;
export const GTID = 33;
export const ANONYMOUS_GTID = 34;
export const PREVIOUS_GTIDS = 35;
export const TRANSACTION_CONTEXT = 36;
export const VIEW_CHANGE = 37;
export const XA_PREPARE = 38;
export const PARTIAL_UPDATE_ROWS = 39;
export const TRANSACTION_PAYLOAD = 40;
export const HEARTBEAT_V2 = 41;
export const GTID_TAGGED = 42;

export const ANNOTATE_ROWS = 160;
export const BINLOG_CHECKPOINT = 161;
export const MARIADB_GTID = 162;
export const GTID_LIST = 163;
export const START_ENCRYPTION = 164;
export const QUERY_COMPRESSED = 165;
export const WRITE_ROWS_COMPRESSED_V1 = 166;
export const UPDATE_ROWS_COMPRESSED_V1 = 167;
export const DELETE_ROWS_COMPRESSED_V1 = 168;
export const WRITE_ROWS_COMPRESSED = 169;
export const UPDATE_ROWS_COMPRESSED = 170;
export const DELETE_ROWS_COMPRESSED = 171;

/** Made for this reader and in no file: its position means nothing. */
export const ARTIFICIAL_FLAG = 0x20;
/** Whoever does not know its type may leave it out. */
export const IGNORABLE_FLAG = 0x80;
/** Of the FORMAT_DESCRIPTION of a file that is being written. */
export const IN_USE_FLAG = 0x01;
