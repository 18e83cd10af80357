// Reloads a page of an app that lies in a folder when one of its files has changed. lingpai dev puts this into the pages.
import { follow } from "./reload.js";

const version = Number(new URL(import.meta.url).searchParams.get("v"));
follow(version, (ready) => {
  if (ready) location.reload();
  return !ready;
});
