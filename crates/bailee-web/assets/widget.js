// The page of a widget.

export {};
