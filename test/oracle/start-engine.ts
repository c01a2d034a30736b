import type { OracleEngine } from "./engine.ts";
import { startMysqlEngine } from "./mysql/mysql-engine.ts";
import type { EngineChoice } from "./options.ts";
import { startPostgresEngine } from "./postgres/postgres-engine.ts";

export function startEngine(choice: EngineChoice): Promise<OracleEngine> {
  switch (choice.family) {
    case "postgres":
      return startPostgresEngine(choice.major);
    case "mysql":
      return startMysqlEngine(choice.version);
    default:
      return choice satisfies never;
  }
}
