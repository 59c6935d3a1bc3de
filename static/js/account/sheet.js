// The moments of a page of one sheet, in the reader's own time zone.

import { localise } from "../review/moments.js";

localise(document);
