/** Type codes of the binlog and of the protocol (MySQL: include/field_types.h; MariaDB: include/mysql_com.h), by their SQL names. */
export const COLUMN_TYPE = {
  tinyint: 1,
  smallint: 2,
  int: 3,
  float: 4,
  double: 5,
  /** Without a "2": as before MySQL 5.6, whole seconds; MariaDB with mysql56_temporal_format=OFF. */
  oldTimestamp: 7,
  bigint: 8,
  mediumint: 9,
  date: 10,
  oldTime: 11,
  oldDatetime: 12,
  year: 13,
  varchar: 15,
  bit: 16,
  timestamp: 17,
  datetime: 18,
  time: 19,
  /** MariaDB's COMPRESSED columns. */
  compressedBlob: 140,
  compressedVarchar: 141,
  vector: 242,
  json: 245,
  decimal: 246,
  enum: 247,
  set: 248,
  blob: 252,
  /** VARCHAR of a table that was made before MySQL 5.0. */
  varString: 253,
  char: 254,
  geometry: 255,
} as const;

/** A column as the binlog can tell it: a TABLE_MAP with binlog_row_metadata=FULL, and information_schema, say the same. */
export interface MysqlColumn {
  readonly name: string;
  /** One of COLUMN_TYPE; ENUM and SET are their own types here, not CHAR. */
  readonly type: number;
  /**
   * What the type's binary form depends on. DECIMAL: precision × 256 + scale. TIME, DATETIME, TIMESTAMP: fraction digits. CHAR, VARCHAR and the
   * binary ones: most bytes. BLOB, TEXT, JSON, GEOMETRY, VECTOR: bytes of the length. BIT: bits. ENUM, SET: bytes. FLOAT, DOUBLE: 4, 8. Others: 0.
   */
  readonly metadata: number;
  readonly unsigned: boolean;
  /** Collation id, of what has characters: CHAR, VARCHAR, TEXT, ENUM and SET (63, binary: BINARY, VARBINARY, BLOB). */
  readonly charset: number | undefined;
  /** Of ENUM and SET; those of values/labels.ts. */
  readonly labels: readonly string[] | undefined;
  /** GEOMETRY: which one (0 any, 1 POINT … 7 GEOMETRYCOLLECTION). MySQL's VECTOR: dimensions. */
  readonly variant: number | undefined;
  readonly nullable: boolean;
  readonly invisible: boolean;
}

/** What information_schema knows besides: how the column is to be selected and loaded. */
export interface DefinedColumn extends MysqlColumn {
  /** DATA_TYPE: of MariaDB's uuid, inet4 and inet6 the binlog knows nothing; there they are binary. */
  readonly declared: string;
  /** Is computed, so that it cannot be loaded. */
  readonly generated: boolean;
}
