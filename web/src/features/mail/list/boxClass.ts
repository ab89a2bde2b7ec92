/** An unticked box is an outline on the row's own colour, in the dark too; ticked it is the browser's, in our accent. */
export const boxClass =
  "accent-accent rounded-[3px] border-border-strong [&:not(:checked,:indeterminate)]:appearance-none [&:not(:checked,:indeterminate)]:border";
