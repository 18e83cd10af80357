// Puts buttons under recovery codes that copy and print them. They are made here, so they are not there where they would not work.

const list = document.getElementById("codes");

/**
 * @param {string | undefined} words
 * @param {(button: HTMLButtonElement) => void} act
 */
const button = (words, act) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button small";
  made.textContent = words ?? "";
  made.addEventListener("click", () => act(made));
  return made;
};

if (list) {
  const row = document.createElement("div");
  row.className = "row two";
  const { copy, copied, print: printed } = list.dataset;
  if (navigator.clipboard) {
    row.append(button(copy, async (made) => {
      await navigator.clipboard.writeText([...list.querySelectorAll("code")].map((code) => code.textContent).join("\n"));
      made.textContent = copied ?? "";
    }));
  }
  row.append(button(printed, () => print()));
  list.after(row);
}
