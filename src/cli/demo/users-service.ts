import type { SqlSession } from "./sql-session.ts";

const FIRST_NAMES = [
  ...["Ada", "Amir", "Anna", "Ben", "Carla", "Chen", "Dina", "Elif", "Emil"],
  ...["Farah", "Grace", "Hana", "Igor", "Ines", "Jonas", "Kofi", "Lea", "Luis"],
  ...["Maya", "Nils", "Noor", "Olga", "Omar", "Paul", "Rosa", "Sven", "Yuki"],
];
const LAST_NAMES = [
  ...["Abbas", "Almeida", "Becker", "Costa", "Dubois", "Eriksen", "Fischer"],
  ...["Garcia", "Haddad", "Ito", "Jensen", "Kowalski", "Larsen", "Mensah"],
  ...["Moreau", "Novak", "Okafor", "Petrov", "Rossi", "Silva", "Tanaka"],
  ...["Ueda", "Vogel", "Weber", "Yilmaz", "Zhang"],
];
const COUNTRIES = ["DE", "FR", "ES", "PT", "PL", "NO", "JP", "GH", "BR", "TR"];

const SCHEMA = `
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  country char(2) NOT NULL,
  last_seen timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX users_by_country ON users (country);
CREATE VIEW users_per_country AS SELECT country, count(*) AS users FROM users GROUP BY country;
`;

/** The service `users`: who may order. */
export class UsersService {
  private readonly session: SqlSession;
  private readonly random: () => number;

  constructor(session: SqlSession, random: () => number) {
    this.session = session;
    this.random = random;
  }

  async create(count: number): Promise<void> {
    await this.session.query(SCHEMA);
    await this.session.query(
      `INSERT INTO users (name, email, country, last_seen)
       SELECT first || ' ' || last, lower(first || '.' || last) || n || '@example.com',
              ($3::text[])[1 + n % cardinality($3::text[])], now() - n * interval '7 minutes'
         FROM generate_series(1, $4::int) AS n,
              LATERAL (SELECT ($1::text[])[1 + n * 7 % cardinality($1::text[])] AS first,
                              ($2::text[])[1 + n * 11 % cardinality($2::text[])] AS last) AS names`,
      [FIRST_NAMES, LAST_NAMES, COUNTRIES, count],
    );
  }

  /** Somebody signs up, or comes back. */
  async act(): Promise<void> {
    if (this.random() < 0.5) {
      await this.session.query(
        `UPDATE users SET last_seen = now()
          WHERE id = 1 + floor($1::float8 * (SELECT max(id) FROM users))::int8`,
        [this.random()],
      );
      return;
    }
    const name = `${this.pick(FIRST_NAMES)} ${this.pick(LAST_NAMES)}`;
    await this.session.query(
      `INSERT INTO users (name, email, country)
       VALUES ($1, lower(replace($1, ' ', '.')) || $2::text || '@example.com', $3)`,
      [name, Math.floor(this.random() * 1e12), this.pick(COUNTRIES)],
    );
  }

  private pick(choices: readonly string[]): string {
    return choices[Math.floor(this.random() * choices.length)] as string;
  }
}
