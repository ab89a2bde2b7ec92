/**
 * Fails when a text of the code is in no catalog, or has no translation.
 * Run `npm run texts` to bring new texts into the catalogs, then translate them.
 */
import { getConfig } from "@lingui/conf";
import { getCatalogs } from "@lingui/cli/api";

const config = getConfig({ cwd: new URL("..", import.meta.url).pathname });
const problems = [];

for (const catalog of await getCatalogs(config)) {
  const texts = await catalog.collect();
  if (!texts) {
    problems.push(`${catalog.path}: its sources cannot be read`);
    continue;
  }
  for (const locale of config.locales) {
    const stored = (await catalog.read(locale)) ?? {};
    for (const [id, text] of Object.entries(texts)) {
      const entry = stored[id];
      const place = catalog.path.replace("{locale}", locale).replace(config.rootDir, "");
      if (!entry || entry.obsolete) problems.push(`${place}: not in the catalog: ${text.message ?? id}`);
      else if (!entry.translation) problems.push(`${place}: not translated: ${text.message ?? id}`);
    }
  }
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join("\n")}\n${problems.length} texts are missing.\n`);
  process.exit(1);
}
process.stdout.write("All texts are translated.\n");
