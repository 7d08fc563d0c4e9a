// The tabs beside the report, in their order. README.md says what a tab module exports.

import { tab as comparison } from "./comparison.js";
import { tab as coverage } from "./coverage.js";
import { tab as figures } from "./figures.js";
import { tab as missing } from "./missing.js";
import { tab as problems } from "./problems.js";

export const tabs = [coverage, missing, problems, figures, comparison];
