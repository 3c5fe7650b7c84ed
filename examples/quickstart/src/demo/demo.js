// Buttons that post to the demo, and show beside them what was answered.

async function post(button) {
  const { wish } = button.dataset;
  const response = await fetch(button.dataset.post, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wish === undefined ? {} : { wish }),
  });
  if (!response.ok) return `That did not work (${response.status}).`;
  return (await response.json()).said;
}

// What changed behind the elements is read anew by elements that are put in their place.
function renew() {
  for (const element of document.querySelectorAll("bailee-thread-permissions, bailee-tasks")) {
    element.replaceWith(element.cloneNode());
  }
}

for (const button of document.querySelectorAll("button[data-post]")) {
  button.addEventListener("click", async () => {
    const answer = button.closest("section").querySelector(".answer");
    answer.textContent = "…";
    answer.textContent = await post(button).catch(() => "The host does not answer.");
    renew();
  });
}
