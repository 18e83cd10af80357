// Opens the page that was asked for as soon as the app answers, and shows what there is to say until then.
import { follow } from "./reload.js";

const main = document.querySelector("[data-wait]");
follow(Number(main.dataset.wait), () => {
  location.reload();
  return false;
});
