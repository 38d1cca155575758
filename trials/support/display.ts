/** Shows where things stand: a block that is redrawn in a terminal, a line from time to time anywhere else. */

export type Output = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

export type Display = {
  /** Prints something that stays. */
  readonly print: (text: string) => void;
  /** Removes the block and shows nothing more. */
  readonly stop: () => void;
};

const REDRAW_MILLISECONDS = 200;

/** `line` is for where nothing can be redrawn, and shown every `lineSeconds` unless it is the same as before. */
export function startDisplay({
  output,
  block,
  line,
  lineSeconds,
}: {
  output: Output;
  block: () => readonly string[];
  line: () => string;
  lineSeconds: number;
}): Display {
  return output.isTTY ? redrawn(output, block) : lineByLine(output, line, lineSeconds);
}

function redrawn(output: Output, block: () => readonly string[]): Display {
  let height = 0;
  const clear = () => {
    if (height > 0) output.write(`\x1b[${height}A\x1b[0J`);
    height = 0;
  };
  const draw = () => {
    const lines = block().map((text) => text.slice(0, (output.columns ?? 80) - 1));
    output.write(`${height > 0 ? `\x1b[${height}A\x1b[0J` : ''}${lines.map((text) => `${text}\n`).join('')}`);
    height = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MILLISECONDS);
  draw();
  return {
    print(text) {
      clear();
      output.write(`${text}\n`);
      draw();
    },
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}

function lineByLine(output: Output, line: () => string, lineSeconds: number): Display {
  let shown = '';
  const show = () => {
    const next = line();
    if (next !== shown) output.write(`${next}\n`);
    shown = next;
  };
  const timer = setInterval(show, lineSeconds * 1000);
  return {
    print: (text) => void output.write(`${text}\n`),
    stop: () => clearInterval(timer),
  };
}
