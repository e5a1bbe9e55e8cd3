// What people see who open a status page that there is not: the same whether it is hidden from them or nobody made it.
import { STYLE } from './style.ts';

export const NO_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>No such status page</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>There is no such status page</h1>
<p class="soft">Its address may be misspelt, or it may have moved.</p>
</main>
</body>
</html>
`;
