import { isMainThread } from 'node:worker_threads';

/**
 * Preloaded (`--import`) into our processes of the embedded stack. The parent holds the other end of stdin; when it is
 * gone, even by kill -9, the pipe ends and so does this process, at once: nobody is left to stop it in an orderly way,
 * and the stack's promise is that this loses nothing.
 */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

if (isMainThread) {
  process.stdin.on('end', die).on('close', die).on('error', die);
  process.stdin.resume();
  process.stdin.unref();
}
