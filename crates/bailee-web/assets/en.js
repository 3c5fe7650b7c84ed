// The English texts, which every other catalogue translates. A text with several forms is chosen by its `count`.

export default {
  // Everywhere.
  cancel: "Cancel",
  close: "Close",
  dismiss: "Dismiss",
  error_failed: "Something went wrong. Try again.",
  error_not_found: "It is not there any more.",
  error_human_needed: "Only a person who is signed in may do this.",
  error_link_invalid: "This link is no longer valid.",
  error_offline: "No connection to the server. Check your network and try again.",
  error_stale: "Changed in another window. The newest state is shown now.",
  error_unauthenticated: "Your session has ended.",
  just_now: "just now",
  loading: "Loading…",
  more: { one: "{count} more", other: "{count} more" },
  offline: "You are offline. Showing the last known state.",
  reload: "Reload",
  retry: "Retry",
  save: "Save",
  sign_in: "Sign in",

  // The list and its cards.

  // The callback and the widget.

  // Forms.

  // The scope.
  scope_access: "access",
  scope_all: "Scope: All agents",
  scope_all_help: "Every agent you own, including future ones",
  scope_bound: "Answers as {name}",
  scope_choose_all: "All agents",
  scope_choose_some: "Specific agents",
  scope_gains: { one: "{names} gains {what}.", other: "{names} gain {what}." },
  scope_keeps: { one: "{names} keeps access.", other: "{names} keep access." },
  scope_legend: "Which agents may use it",
  scope_loses: { one: "{names} loses {what}.", other: "{names} lose {what}." },
  scope_no_match: "No agent has this name.",
  scope_nobody: "Scope: No agents",
  scope_none: "Choose at least one agent, or All agents",
  scope_search: "Search agents",
  scope_some: { one: "Scope: {count} agent", other: "Scope: {count} agents" },
  scope_stale: "Changed in another window. Reload to see what is so now.",
  scope_title: "Scope · {name}",
  scope_unknown: "An agent that you chose is not there any more. Choose again.",

  // Threads.

  // Tasks.

  // The warning.
};
