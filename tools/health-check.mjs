// For HEALTHCHECK in containers: asks this container's own app whether it is `live` (default) or `ready`.
const word = process.argv[2] ?? 'live';
const answerMsMax = 2_500;
const url = `http://127.0.0.1:${process.env.HTTP_PORT}/health/${word}`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(answerMsMax) });
  console.log(`${response.status} ${await response.text()}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.cause?.code ?? error.name}`);
  process.exitCode = 1;
}
