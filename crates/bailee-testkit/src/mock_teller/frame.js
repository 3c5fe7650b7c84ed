// Tells the page around the frame what happened; the browser drops it where that page is another one than it said.
const { page, message } = document.querySelector("main").dataset;
parent.postMessage(JSON.parse(message), page);
