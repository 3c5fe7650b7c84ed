// The English texts, which every other catalogue translates. A text with several forms is chosen by its `count`.

export default {
  // Everywhere.
  cancel: "Cancel",
  close: "Close",
  dismiss: "Dismiss",
  error_failed: "Something went wrong. Try again.",
  error_human_needed: "Only a person who is signed in may do this.",
  error_link_invalid: "This link is no longer valid.",
  error_offline: "No connection to the server. Check your network and try again.",
  error_stale: "Changed in another window. The newest state is shown now.",
  error_unauthenticated: "Your session has ended.",
  just_now: "just now",
  retry: "Retry",
  save: "Save",

  // The list and its cards.

  // The callback and the widget.

  // Forms.

  // The scope.

  // Threads.

  // Tasks.

  // The warning.
};
