import type { MysqlVersion } from "./mysql-binaries.ts";
import { isMariadb } from "./mysql-binaries.ts";

/** One of everything that a schema may hold, names and texts that are hard to quote among it; statements of a session in that schema. */
export function everyObject(version: MysqlVersion): readonly string[] {
  return [
    ...TABLES,
    ...(isMariadb(version) ? MARIADB_TABLES : MYSQL_TABLES),
    ...(version === "mariadb-11.8" ? MARIADB_11_TABLES : []),
    ...PROGRAMS,
    ...(isMariadb(version) ? MARIADB_PROGRAMS : MYSQL_PROGRAMS),
    ...VIEWS,
  ];
}

const TABLES = [
  "CREATE TABLE parent (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, u int NOT NULL, v int, w int, UNIQUE KEY uv (u, v), KEY w (w DESC) COMMENT 'a,b') AUTO_INCREMENT=10",
  "CREATE TABLE `we``ird, (t` (`a,b` int NOT NULL COMMENT 'x, y) '' \\\\ \\n z', `c\nd` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'a\\nb''c\\\\', `id` int NOT NULL AUTO_INCREMENT, KEY `k1` (`a,b`), KEY `id` (`id`), KEY `k\n2` (`c\nd`(3))) ENGINE=InnoDB AUTO_INCREMENT=77 COMMENT='AUTO_INCREMENT=5 ''PARTITION BY'",
  `CREATE TABLE child (id int PRIMARY KEY, p bigint unsigned, self int, e enum('a','b''x,','ü') CHARACTER SET utf8mb4 DEFAULT 'ü', s set('x','y'),
     d datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), ts timestamp NOT NULL DEFAULT '2001-02-03 04:05:06', tn timestamp NULL,
     bi bit(8) DEFAULT b'101', bb binary(3) DEFAULT 'ab', n int GENERATED ALWAYS AS (id*2) VIRTUAL, m varchar(20) GENERATED ALWAYS AS (concat('),', s, '\\'')) STORED,
     txt text, g geometry NOT NULL, w varchar(20) character set utf8mb4 default 'ü', dd decimal(10,2) default 1.5, dx varchar(10) DEFAULT (concat('a',')')),
     CONSTRAINT fk1 FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE,
     CONSTRAINT \`fk,2\` FOREIGN KEY (self) REFERENCES child (id) ON DELETE SET NULL ON UPDATE CASCADE,
     CONSTRAINT chk CHECK (id > 0 and w <> 'a),b'), FULLTEXT KEY ft (txt), FULLTEXT KEY ft2 (m, txt), SPATIAL KEY sp (g), KEY dkey (d), KEY nkey (n)) CHARSET latin1`,
  "CREATE TABLE parts (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d), KEY d (d)) PARTITION BY RANGE (year(d)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (2000) COMMENT='old)', PARTITION p1 VALUES LESS THAN MAXVALUE)",
  "CREATE TABLE nokey (a int NOT NULL, b int NOT NULL, UNIQUE KEY ab (a,b), KEY b (b)) PARTITION BY KEY () PARTITIONS 3",
  "CREATE TABLE fed (x int, id int NOT NULL AUTO_INCREMENT, KEY (x, id), UNIQUE KEY (id))",
  "CREATE TABLE late (x int, y int, id int NOT NULL AUTO_INCREMENT, KEY x (x), KEY y (y), KEY id (id), KEY xy (x, y)) AUTO_INCREMENT=5",
  "CREATE TABLE heap_like (a int) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 COMMENT='ü'",
  "CREATE TABLE lists (c varchar(10) CHARACTER SET latin1, n int) PARTITION BY LIST COLUMNS (c) (PARTITION a VALUES IN ('a', 'b)'), PARTITION z VALUES IN (NULL, 'z'))",
  "CREATE TABLE mutual (id int PRIMARY KEY, other int)",
  "CREATE TABLE mutual2 (id int PRIMARY KEY, other int, CONSTRAINT m2 FOREIGN KEY (other) REFERENCES mutual (id))",
  "ALTER TABLE mutual ADD CONSTRAINT m1 FOREIGN KEY (other) REFERENCES mutual2 (id)",
];

const MYSQL_TABLES = [
  "CREATE TABLE my (id int NOT NULL, inv int DEFAULT 3 /*!80023 INVISIBLE */, j json, f int, PRIMARY KEY (id), KEY fi ((abs(f) + 1)), KEY iv (f) INVISIBLE, KEY mv ((cast(j->'$.a' as unsigned array))), CONSTRAINT ne CHECK (f > 1) NOT ENFORCED, g point NOT NULL SRID 4326, SPATIAL KEY (g))",
  "CREATE TABLE zip (a varchar(100)) COMPRESSION='zlib'",
];

const MARIADB_TABLES = [
  "CREATE SEQUENCE sq START WITH 5 INCREMENT BY 3",
  "CREATE SEQUENCE down START WITH -5 INCREMENT BY -2 MINVALUE -1000 MAXVALUE -1 NOCACHE",
  "CREATE TABLE mar (id int DEFAULT nextval(sq), inv int INVISIBLE DEFAULT 4, j json, u uuid, i inet6, x int, KEY ig (x) IGNORED, a varchar(100) COMPRESSED, PRIMARY KEY (id))",
  "CREATE TABLE periods (id int, s date, e date, PERIOD FOR p (s, e), PRIMARY KEY (id, p WITHOUT OVERLAPS))",
  "CREATE TABLE aria_like (a int CHECK (a > 1), b int CHECK (b < 5 AND b > 'x,)')) PAGE_COMPRESSED=1",
];

const MARIADB_11_TABLES = [
  "CREATE TABLE vec (id int PRIMARY KEY, v vector(3) NOT NULL, k int, VECTOR KEY vk (v) M=6 DISTANCE=cosine, KEY k (k))",
];

const PROGRAMS = [
  "CREATE FUNCTION f1(a int) RETURNS varchar(20) CHARSET utf8mb4 DETERMINISTIC COMMENT 'it''s' BEGIN RETURN concat(a, 'ü;\\\\'); END",
  "CREATE PROCEDURE p1(IN a int, OUT b int) READS SQL DATA SQL SECURITY INVOKER BEGIN /* comment */ SELECT 1 INTO b; -- more\nEND",
  "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
  'CREATE PROCEDURE "odd""mode" () SELECT \'\\\' AS "x"',
  "CREATE TRIGGER tr_mode AFTER UPDATE ON parent FOR EACH ROW SET @a = 'x\\'",
  "SET sql_mode = DEFAULT",
  "CREATE TRIGGER tr1 BEFORE INSERT ON parent FOR EACH ROW SET NEW.u = NEW.u + 1",
  "CREATE TRIGGER tr0 BEFORE INSERT ON parent FOR EACH ROW PRECEDES tr1 SET NEW.v = 1",
  "CREATE DEFINER='nobody'@'nowhere' TRIGGER tr2 BEFORE INSERT ON parent FOR EACH ROW FOLLOWS tr0 BEGIN IF NEW.v > 1 THEN SET NEW.v = 2; END IF; END",
  "SET NAMES latin1",
  // Sent in utf8 as everything here is: two characters of latin1.
  "CREATE PROCEDURE lat () SELECT 'plain, ü'",
  "SET NAMES utf8mb4",
  "SET time_zone = '+03:00'",
  "CREATE EVENT ev ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'c' DO DELETE FROM parent WHERE id = 0",
  "SET time_zone = 'SYSTEM'",
  "CREATE EVENT ev2 ON SCHEDULE EVERY 1 WEEK STARTS '2035-01-01 00:00:00' ENDS '2036-01-01 00:00:00' DO BEGIN DELETE FROM parent WHERE id = 0; END",
];

const MYSQL_PROGRAMS: readonly string[] = [];

const MARIADB_PROGRAMS = [
  "SET sql_mode = ORACLE",
  "CREATE PACKAGE tools AS FUNCTION f1 RETURN int; PROCEDURE p2 (a int); END",
  "CREATE PACKAGE BODY tools AS FUNCTION f1 RETURN int AS BEGIN RETURN 1; END; PROCEDURE p2 (a int) AS BEGIN SELECT a; END; END",
  "SET sql_mode = DEFAULT",
  "CREATE AGGREGATE FUNCTION agg (x int) RETURNS int DETERMINISTIC BEGIN DECLARE s int DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN s; LOOP FETCH GROUP NEXT ROW; SET s = s + x; END LOOP; END",
];

const VIEWS = [
  "CREATE ALGORITHM=MERGE DEFINER='nobody'@'nowhere' SQL SECURITY INVOKER VIEW v1 AS SELECT id, p, 'q`' AS q FROM child WHERE id > 1 WITH CASCADED CHECK OPTION",
  "CREATE VIEW a_first AS SELECT v1.id, parent.u FROM v1 JOIN parent ON parent.id = v1.p",
  "CREATE VIEW calls AS SELECT f1(id) AS x FROM parent",
  "CREATE VIEW texts AS SELECT 'ü😀' AS x, concat(id, 'é') AS `ü``` FROM parent",
  "SET NAMES latin1",
  "CREATE VIEW lat AS SELECT 'x' AS x",
  "SET NAMES utf8mb4",
];
