/*
 * What `prepare` makes inside a source. `tidemark.log` is how Tidemark speaks into a source's own history: a row there is an event with
 * a place among the transactions. `tidemark.sources` says what was prepared, as whom, and where its history begins.
 */

export const CREATE_SCHEMA = `CREATE DATABASE IF NOT EXISTS tidemark CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;

export const CREATE_LOG = `CREATE TABLE IF NOT EXISTS tidemark.log (
  id bigint unsigned NOT NULL AUTO_INCREMENT,
  at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  kind varchar(32) NOT NULL,
  name longtext NOT NULL,
  body longtext NOT NULL,
  PRIMARY KEY (id),
  KEY at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`;

export const CREATE_SOURCES = `CREATE TABLE IF NOT EXISTS tidemark.sources (
  name varchar(191) NOT NULL,
  server char(36) NOT NULL,
  mark char(36) NOT NULL,
  position longtext NOT NULL,
  at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`;

/** In order; DROP DATABASE would take what somebody else has put there. */
export const DROP_TABLES =
  "DROP TABLE IF EXISTS tidemark.log, tidemark.sources";
export const DROP_SCHEMA = "DROP DATABASE tidemark";

/** Rows of the log have done their work once they are in the binlog; deletes of them are no events. */
export const TIDY =
  "DELETE FROM tidemark.log WHERE at < CURRENT_TIMESTAMP(6) - INTERVAL 1 HOUR LIMIT 10000";
