// Tells when the app has changed or is back, by asking lingpai dev, which answers as soon as there is news.

/** @param {number} version that this page knows; @param {(ready: boolean) => boolean} news says whether to go on */
export async function follow(version, news) {
  for (let run; ; ) {
    try {
      const answer = await fetch(`/auth/dev/api/app?after=${version}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const app = await answer.json();
      const fresh = app.version !== version || (run !== undefined && run !== app.run); // another run counts anew
      run = app.run;
      version = app.version;
      if (fresh && !news(app.ready)) return;
    } catch {
      run ??= "gone"; // lingpai dev has ended; the next one is another run
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
