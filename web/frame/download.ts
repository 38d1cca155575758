/** Hands what the API answered with to the reader to save, under the name that it has there. */
export function save(answer: Blob): void {
  download(answer, answer instanceof File ? answer.name : '');
}

/** Hands a file to the reader to save. */
export function download(content: Blob | string, fileName: string): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type: 'text/plain' }) : content);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // Browsers read it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
