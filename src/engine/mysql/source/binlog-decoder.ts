import { TidemarkError } from "../../../core/errors.ts";
import type { TableFilter } from "../../../core/shape.ts";
import * as event from "./events/event-type.ts";
