// The page behind a shared link: colours for code, formulas, and moments in the reader's own time. It asks for nothing.

import { hydrate } from "../markdown/hydrate.js";
import { localise } from "../review/moments.js";

hydrate(document.body);
localise(document);
