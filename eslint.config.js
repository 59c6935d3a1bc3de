// What ESLint holds the browser's files to. Layout is Prettier's, types are the TypeScript compiler's.
import css from "@eslint/css";
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: [".venv/", "node_modules/", "var/"] },
  {
    files: ["**/*.js"],
    ...js.configs.recommended,
    languageOptions: {
      globals: { ...globals.browser, gettext: "readonly", ngettext: "readonly", interpolate: "readonly" },
    },
    rules: {
      ...js.configs.recommended.rules,
      "consistent-return": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-lines": ["error", 300],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Only the Trusted Types policy may turn text into HTML." },
        { property: "outerHTML", message: "Only the Trusted Types policy may turn text into HTML." },
      ],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["tests/js/**/*.js", "*.config.js"], languageOptions: { globals: globals.node } },
  {
    files: ["static/**/*.css"],
    ...css.configs.recommended,
    language: "css/css",
    rules: {
      ...css.configs.recommended.rules,
      "max-lines": ["error", 300],
      // Each of these degrades to a plainer page where it is missing.
      "css/use-baseline": [
        "error",
        {
          available: "newly",
          allowProperties: [
            "accent-color",
            "corner-shape",
            "content-visibility",
            "contain-intrinsic-block-size",
            "contain-intrinsic-size",
            "field-sizing",
            "interpolate-size",
            "overflow-anchor",
            "overscroll-behavior",
            "resize",
            "scrollbar-color",
            "scrollbar-gutter",
            "scrollbar-width",
            "text-wrap",
            "view-transition-name",
          ],
          allowSelectors: [
            "checkmark",
            "picker",
            "picker-icon",
            "selection",
            "view-transition",
            "view-transition-group",
            "details-content",
          ],
          allowAtRules: ["view-transition"],
        },
      ],
      "css/no-invalid-properties": ["error", { allowUnknownVariables: true }],
    },
  },
];
