// Sends a credential's file from the page that has the form, and shows the server's answer in place. Without this script
// the form does the same with a new page.
const form = document.querySelector('[data-verify]');
const place = document.querySelector('[data-answer-place]');

if (form && place) {
  const file = form.elements.namedItem('file');
  let sending = new AbortController();

  const say = (text) => {
    const paragraph = document.createElement('p');
    paragraph.textContent = text;
    place.replaceChildren(paragraph);
  };

  const send = async (body) => {
    sending.abort();
    sending = new AbortController();
    const { signal } = sending;
    say('Checking …');
    try {
      const response = await fetch(form.action, { method: 'POST', body, signal });
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const answer = page.querySelector('[data-answer]');
      if (!answer) throw new TypeError('the page has no answer');
      if (signal.aborted) return;
      place.replaceChildren(document.adoptNode(answer));
    } catch {
      if (signal.aborted) return;
      say('The file could not be sent. Check your connection, and try again.');
    }
    place.scrollIntoView({ block: 'nearest' });
  };

  const sendFile = (dropped) => {
    const body = new FormData();
    body.set('file', dropped);
    void send(body);
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(new FormData(form));
  });

  file.addEventListener('change', () => {
    if (file.files.length > 0) sendFile(file.files[0]);
  });

  const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;
  let depth = 0;
  const show = (change) => {
    depth = Math.max(0, change === 0 ? 0 : depth + change);
    document.body.classList.toggle('dropping', depth > 0);
  };

  // On the whole page: a file that is dropped beside a field would else be opened instead of the page.
  addEventListener('dragenter', (event) => hasFiles(event) && show(1));
  addEventListener('dragleave', (event) => hasFiles(event) && show(-1));
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(0);
    const [dropped] = event.dataTransfer.files;
    if (dropped) sendFile(dropped);
  });

  for (const hint of form.querySelectorAll('[data-with-script]')) hint.hidden = false;
}
