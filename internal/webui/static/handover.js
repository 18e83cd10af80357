// Takes an answer to the app that waits for it. Without script, the button does.
document.querySelector("form[data-hand-over]")?.submit();
