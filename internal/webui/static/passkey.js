// Signs in with a passkey, and adds one. What is asked of the device comes from the server, and what it answers goes there by a form. Where the browser has no
// passkeys, nothing of this is shown.

/** @typedef {HTMLFormElement & {credential: HTMLInputElement, stay?: HTMLInputElement}} PasskeyForm */

const passkeys = window.PublicKeyCredential;
const able = Boolean(passkeys?.parseRequestOptionsFromJSON);

/** What the server refused, by its code. */
class Refused extends Error {}

/** @param {PasskeyForm} form */
const begin = async (form) => {
  const answer = await fetch(form.dataset.options ?? "", { method: "POST", headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) throw new Refused(body.code);
  return body.publicKey;
};

/**
 * @param {PasskeyForm} form
 * @param {Credential | null} credential
 */
const send = (form, credential) => {
  form.credential.value = credential ? JSON.stringify(credential) : "";
  form.submit();
};

/**
 * Has a button of a form ask the device, and says what came of it if nothing did.
 *
 * @param {PasskeyForm} form
 * @param {() => Promise<void>} ask
 */
const onPress = (form, ask) => {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const note = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  const words = [...button.childNodes];
  const rest = () => {
    button.removeAttribute("aria-busy");
    button.replaceChildren(...words);
  };
  button.addEventListener("click", async () => {
    if (button.ariaBusy) return;
    button.setAttribute("aria-busy", "true");
    button.replaceChildren(button.dataset.busy ?? "");
    note.hidden = true;
    try {
      await ask();
    } catch (error) {
      rest();
      const { name } = /** @type {Error} */ (error);
      const { cancelled, known, failed } = note.dataset;
      note.textContent = (name === "NotAllowedError" ? cancelled : name === "InvalidStateError" ? known : failed) ?? failed ?? "";
      note.hidden = false;
    }
  });
  addEventListener("pageshow", (event) => event.persisted && rest());
  form.hidden = false;
};

/** @param {PasskeyForm} form */
const signIn = async (form) => {
  /** @type {AbortController | undefined} */
  let asking;

  /** @param {CredentialMediationRequirement} [mediation] */
  const ask = async (mediation) => {
    asking?.abort(); // one request at a time is all that a browser has
    const mine = (asking = new AbortController());
    const publicKey = passkeys.parseRequestOptionsFromJSON(await begin(form));
    if (mine.signal.aborted) return;
    const credential = await navigator.credentials.get({ publicKey, mediation, signal: mine.signal });
    const stay = /** @type {HTMLInputElement | null} */ (document.querySelector("input[type=checkbox][name=stay]"));
    if (form.stay && stay?.checked) form.stay.value = "1";
    send(form, credential);
  };

  // The browser offers passkeys with the names that it knows. What has begun is good for ten minutes, and for the window that began last. So a page that
  // is looked at again asks again, but not at once: it may have been covered by what the passkey is chosen in, and that would be cut off.
  let offered = 0;
  const offer = () => {
    if (document.hidden || form.querySelector("[aria-busy]")) return;
    offered = Date.now();
    ask("conditional").catch(() => {});
  };
  onPress(form, () => ask());
  if (!(await passkeys.isConditionalMediationAvailable?.())) return;
  offer();
  document.addEventListener("visibilitychange", () => Date.now() - offered > 60 * 1000 && offer());
  setInterval(offer, 8 * 60 * 1000);
};

/** @param {PasskeyForm} form */
const add = (form) => onPress(form, async () => {
  try {
    const publicKey = passkeys.parseCreationOptionsFromJSON(await begin(form));
    send(form, await navigator.credentials.create({ publicKey }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    send(form, null); // the server says why on a page
  }
});

/**
 * Tells the device which passkeys of the person there are, so that it offers no other (Web Authentication, section 5.1.10).
 *
 * @param {DOMStringMap} list
 */
const signal = ({ rp, user, ids }) => passkeys.signalAllAcceptedCredentials?.({
  rpId: rp ?? "", userId: user ?? "", allAcceptedCredentialIds: (ids ?? "").split(" ").filter(Boolean),
}).catch(() => {});

if (able) {
  document.getElementById("no-passkeys")?.remove();
  const signing = /** @type {PasskeyForm | null} */ (document.getElementById("passkey"));
  const adding = /** @type {PasskeyForm | null} */ (document.getElementById("add-passkey"));
  const list = document.getElementById("passkey-list");
  if (signing) signIn(signing);
  if (adding) add(adding);
  if (list) signal(list.dataset);
}
