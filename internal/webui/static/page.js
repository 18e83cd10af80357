// What script adds to the pages. Each part works alone, and every page works without any of them.
import "./theme.js";
import "./clock.js";
import "./reveal.js";
import "./busy.js";
