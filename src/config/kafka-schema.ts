import { z } from "zod";
import {
  parseBroker,
  parseTopicPrefix,
  SASL_MECHANISMS,
} from "./kafka-location.ts";
import { asWritten, file, text, tls } from "./schema-words.ts";

const sasl = z
  .strictObject({
    mechanism: z
      .enum(SASL_MECHANISMS, {
        error: `expected one of ${SASL_MECHANISMS.join(", ")}`,
      })
      .meta({
        description: "How the password is shown to the brokers.",
        form: SASL_MECHANISMS.map((each) => `\`${each}\``).join(" · "),
      }),
    username: text(asWritten, {
      description: "The name.",
      form: "a name",
    }),
    passwordFile: file(
      "A file with the password on one line, read whenever a client connects.",
    ),
    passwordCommand: text(asWritten, {
      description:
        "A shell command that prints the password, run whenever a client connects. It has 30 s.",
      form: "a command",
    }).optional(),
  })
  .refine(
    (value) =>
      value.passwordFile !== undefined || value.passwordCommand !== undefined,
    { error: "expected passwordFile or passwordCommand" },
  )
  .optional()
  .meta({ description: "The login, where the brokers want one." });

/** `journal.kafka`. */
export const kafka = z
  .strictObject({
    brokers: z
      .array(
        text(parseBroker, {
          description: "A broker.",
          form: "`host:port`",
        }),
        { error: "expected a list of brokers" },
      )
      .min(1, { error: "is empty; expected a list of brokers" })
      .meta({
        description: "Some of the cluster's brokers; they name the others.",
        form: "a list of `host:port`",
        example: '["kafka-1:9092", "kafka-2:9092"]',
      }),
    topicPrefix: text(parseTopicPrefix, {
      description:
        "What the topics are called before the name of their source. Each source has one, which Tidemark makes.",
      form: "the beginning of a topic's name",
    }).prefault("tidemark."),
    replicationFactor: z
      .int({ error: "expected a whole number" })
      .min(1, { error: "expected 1 or more" })
      .max(9, { error: "expected at most 9" })
      .optional()
      .meta({
        description:
          "How many brokers must have a copy of each topic. With 1, what a broker's disk loses is read from the source again, as with a journal on a local disk.",
        form: "a number",
        default: "3",
      }),
    workDirectory: text(asWritten, {
      description:
        "Where segments are put together before they go into the archive, on this machine. Nothing in it has to survive.",
      form: "a path, relative to the folder of tidemark.yaml",
    }).prefault("./tidemark/work"),
    tls,
    sasl,
  })
  .optional()
  .meta({
    description:
      "A Kafka cluster that keeps the journal: [kafka.md](kafka.md) has its topics, [permissions.md](permissions.md) the rights.",
  });
