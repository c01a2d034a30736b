-- A server with everything that a history of rows can stumble over: every kind of identity, type and relation.
-- What begins a line begins a statement. Within /*!80000 */ is MySQL's alone, within /*M!100000 */ MariaDB's. Foreign keys have no cascades.
CREATE DATABASE oracle CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE DATABASE `Odd Schema` CHARACTER SET latin1;

-- A key that the server gives, and columns that it computes.
CREATE TABLE oracle.accounts (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name_length INT GENERATED ALWAYS AS (CHAR_LENGTH(name)) STORED,
  name VARCHAR(60) NOT NULL,
  shouted VARCHAR(60) GENERATED ALWAYS AS (UPPER(name)) VIRTUAL,
  balance DECIMAL(20, 4) NOT NULL DEFAULT 0,
  changed_at TIMESTAMP(6) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(6),
  KEY by_name (name(10)),
  KEY by_shouted (shouted)
);
-- What its triggers do is in the log like everything else.
CREATE TABLE oracle.audit (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  what ENUM('insert', 'update', 'delete') NOT NULL,
  account INT,
  noticed_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) AUTO_INCREMENT = 1000;
CREATE TRIGGER oracle.account_inserted AFTER INSERT ON oracle.accounts FOR EACH ROW INSERT INTO oracle.audit (what, account) VALUES ('insert', NEW.id);
CREATE TRIGGER oracle.account_updated AFTER UPDATE ON oracle.accounts FOR EACH ROW
BEGIN
  IF NEW.balance <> OLD.balance AND NEW.id % 3 = 0 THEN
    INSERT INTO oracle.audit (what, account) VALUES ('update', NEW.id);
  END IF;
  END;
CREATE TRIGGER oracle.account_deleted BEFORE DELETE ON oracle.accounts FOR EACH ROW DELETE FROM oracle.audit WHERE account = OLD.id AND what = 'insert';

CREATE TABLE oracle.tickets (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  subject TEXT,
  mood ENUM('sad', 'ok', 'Très "happy"', 'with space', ''),
  PRIMARY KEY (id)
) COMMENT = 'It''s a comment; with "quotes"';

-- Keys of others, none of which cascades.
CREATE TABLE oracle.orders (
  id BIGINT PRIMARY KEY,
  account INT,
  note VARCHAR(120) CHARACTER SET utf8mb3,
  CONSTRAINT orders_account FOREIGN KEY (account) REFERENCES oracle.accounts (id)
);
CREATE TABLE oracle.order_lines (
  order_id BIGINT,
  line SMALLINT,
  product TEXT,
  price DECIMAL(65, 30),
  PRIMARY KEY (order_id, line),
  FOREIGN KEY (order_id) REFERENCES oracle.orders (id) ON DELETE RESTRICT ON UPDATE NO ACTION
);
CREATE TABLE oracle.tree (
  id INT PRIMARY KEY,
  parent INT,
  label VARCHAR(120),
  CONSTRAINT tree_parent FOREIGN KEY (parent) REFERENCES oracle.tree (id)
);

-- Values out of line.
CREATE TABLE oracle.documents (
  id BINARY(16) PRIMARY KEY,
  title VARCHAR(120),
  body MEDIUMTEXT,
  attachment LONGBLOB,
  revision INT NOT NULL DEFAULT 0
);
-- 'a', 'A' and 'a ' are one key with different bytes.
CREATE TABLE oracle.slugs (
  hits BIGINT,
  body LONGTEXT,
  slug VARCHAR(60) COLLATE utf8mb4_general_ci,
  PRIMARY KEY (slug)
);
CREATE TABLE oracle.old_words (
  word VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german1_ci,
  part CHAR(3) CHARACTER SET sjis,
  meaning VARCHAR(60) CHARACTER SET latin1,
  PRIMARY KEY (word, part),
  UNIQUE KEY by_meaning (meaning(8))
) DEFAULT CHARACTER SET latin1;
CREATE TABLE oracle.rates (
  rate DECIMAL(10, 4) PRIMARY KEY,
  label VARCHAR(120)
);
CREATE TABLE oracle.calendar (
  mood ENUM('sad', 'ok', 'Très "happy"', 'with space', '') NOT NULL,
  day DATE NOT NULL,
  hash VARBINARY(8) NOT NULL,
  entry VARCHAR(120),
  PRIMARY KEY (mood, day, hash)
);
-- Another unique key beside the one that identifies.
CREATE TABLE oracle.by_code (
  id INT NOT NULL UNIQUE,
  note VARCHAR(120),
  code VARCHAR(20) NOT NULL,
  region CHAR(4) NOT NULL,
  PRIMARY KEY (region, code)
);
-- Unique, and yet no primary key: all of the row is its identity.
CREATE TABLE oracle.unique_only (
  label VARCHAR(40),
  number INT NOT NULL,
  part TINYINT UNSIGNED NOT NULL,
  UNIQUE KEY (number, part)
);
-- Keys whose text is not their value.
CREATE TABLE oracle.float_keys (
  ratio DOUBLE,
  moment DATETIME(6),
  flags BIT(12),
  label VARCHAR(40),
  PRIMARY KEY (ratio, moment, flags)
);
-- Few values and many twins.
CREATE TABLE oracle.keyless (
  colour VARCHAR(20),
  size INT,
  ratio DOUBLE,
  body TEXT
);
CREATE TABLE oracle.keyless_computed (
  shouted TEXT GENERATED ALWAYS AS (UPPER(body)) STORED,
  colour VARCHAR(20),
  doubled INT GENERATED ALWAYS AS (size * 2) VIRTUAL,
  size INT,
  body TEXT,
  always DECIMAL(5, 2) GENERATED ALWAYS AS (1 + 1) STORED
);
CREATE TABLE oracle.insert_only (
  happened_at DATETIME(6),
  what VARCHAR(120)
);
CREATE TABLE oracle.hidden (
  secret INT INVISIBLE DEFAULT 7,
  id INT PRIMARY KEY,
  label VARCHAR(40) DEFAULT 'none',
  hint VARCHAR(40) INVISIBLE
);

-- Rows that move between partitions.
CREATE TABLE oracle.measurements (
  value FLOAT,
  region VARCHAR(10) NOT NULL,
  day DATE NOT NULL,
  id INT NOT NULL,
  note VARCHAR(120),
  PRIMARY KEY (region, day, id)
) PARTITION BY RANGE COLUMNS (day) (
  PARTITION before_2024 VALUES LESS THAN ('2024-01-01'),
  PARTITION in_2024 VALUES LESS THAN ('2025-01-01'),
  PARTITION later VALUES LESS THAN (MAXVALUE)
);
CREATE TABLE oracle.hashed (
  id INT PRIMARY KEY,
  label VARCHAR(40)
) PARTITION BY KEY (id) PARTITIONS 3;

-- A row that everybody wants.
CREATE TABLE oracle.counter (
  single TINYINT(1) PRIMARY KEY DEFAULT 1,
  value BIGINT NOT NULL,
  CONSTRAINT only_one CHECK (single = 1)
);
INSERT INTO oracle.counter VALUES (1, 0);

CREATE TABLE `Odd Schema`.`Täble "quoted" ``$1``` (
  `select` VARCHAR(60),
  `key, with comma` INT,
  `ключ` VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  PRIMARY KEY (`ключ`, `key, with comma`)
);

CREATE TABLE oracle.every_type (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  a_bool BOOLEAN, a_tiny TINYINT, a_utiny TINYINT UNSIGNED, a_small SMALLINT, a_usmall SMALLINT UNSIGNED,
  a_medium MEDIUMINT, a_umedium MEDIUMINT UNSIGNED, a_int INT, a_uint INT UNSIGNED, a_big BIGINT, a_ubig BIGINT UNSIGNED,
  a_zero INT(8) ZEROFILL, a_decimal DECIMAL(65, 30), a_udecimal DECIMAL(10, 0) UNSIGNED, a_float FLOAT, a_float_2 FLOAT(7, 2), a_double DOUBLE,
  a_bit BIT(9), a_bit_64 BIT(64), a_year YEAR,
  a_date DATE, a_time TIME, a_time_3 TIME(3), a_time_6 TIME(6), a_datetime DATETIME, a_datetime_1 DATETIME(1), a_datetime_6 DATETIME(6),
  a_timestamp TIMESTAMP NULL, a_timestamp_4 TIMESTAMP(4) NULL, a_timestamp_6 TIMESTAMP(6) NULL,
  a_char CHAR(10), a_varchar VARCHAR(20), a_varchar_300 VARCHAR(300), a_tinytext TINYTEXT, a_text TEXT, a_mediumtext MEDIUMTEXT, a_longtext LONGTEXT,
  a_latin1 VARCHAR(20) CHARACTER SET latin1, a_latin2 CHAR(20) CHARACTER SET latin2, a_cp1251 TEXT CHARACTER SET cp1251, a_sjis VARCHAR(20) CHARACTER SET sjis, a_gbk TEXT CHARACTER SET gbk,
  a_ascii CHAR(20) CHARACTER SET ascii, a_utf8mb3 VARCHAR(20) CHARACTER SET utf8mb3, a_ucs2 VARCHAR(20) CHARACTER SET ucs2, a_utf16 TEXT CHARACTER SET utf16, a_utf32 CHAR(5) CHARACTER SET utf32,
  a_binary BINARY(8), a_varbinary VARBINARY(60), a_varbinary_300 VARBINARY(300), a_tinyblob TINYBLOB, a_blob BLOB, a_mediumblob MEDIUMBLOB, a_longblob LONGBLOB,
  a_enum ENUM('sad', 'ok', 'Très "happy"', 'with space', ''), a_enum_latin1 ENUM('ä', 'b') CHARACTER SET latin1, a_set SET('a', 'b', 'ö', 'with space'),
  a_set_64 SET('1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','20','21','22','23','24','25','26','27','28','29','30','31','32','33','34','35','36','37','38','39','40','41','42','43','44','45','46','47','48','49','50','51','52','53','54','55','56','57','58','59','60','61','62','63','64'),
  a_json JSON, a_geometry GEOMETRY, a_point POINT, a_polygon POLYGON, a_collection GEOMETRYCOLLECTION
  /*!80000 , a_srid POINT SRID 4326 */
  /*!90000 , a_vector VECTOR(5) */
  /*M!110700 , a_vector VECTOR(5) */
  /*M!101000 , a_uuid UUID, a_inet4 INET4, a_inet6 INET6 */
);

-- Many columns, most of them with names from the middle, and NULL bits over many bytes.
CREATE TABLE oracle.wide (id INT PRIMARY KEY);
/*COLUMNS*/

CREATE VIEW oracle.rich AS SELECT id, name, balance FROM oracle.accounts WHERE balance > 0 WITH CASCADED CHECK OPTION;
CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW oracle.richest AS SELECT name, `Très` FROM (SELECT name, MAX(balance) AS `Très` FROM oracle.rich GROUP BY name) r;
CREATE FUNCTION oracle.twice(n INT) RETURNS INT DETERMINISTIC RETURN 2 * n;
CREATE PROCEDURE oracle.move(IN a INT, IN b INT, IN amount DECIMAL(20, 4))
  MODIFIES SQL DATA COMMENT 'between accounts'
BEGIN
  UPDATE oracle.accounts SET balance = balance - amount WHERE id = a;
  UPDATE oracle.accounts SET balance = balance + amount WHERE id = b;
  END;
CREATE EVENT oracle.nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 03:00:00' DISABLE DO DELETE FROM oracle.insert_only;
