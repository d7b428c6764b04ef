// Builds site/static/dist/ from our own scss and scripts, the templates and the npm packages of the
// lock file.
//
// The rules it follows:
//   - what is not named in a template is not shipped: class names are written whole there, and so are
//     icon names ("it-search"); names that only Python knows are listed in keep.json;
//   - every file but the licences carries a hash of its content in its name, and manifest.json maps
//     logical names to those names, so that the server can let browsers keep them for a year;
//   - each file js/NAME.js that a template names becomes one script, with the packages it imports in it
//     and the licences of these beside it;
//   - the stylesheet asks for nothing outside its own folder: no data: address and no other origin;
//   - the new folder replaces the old one only when it is complete.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const site = dirname(here);
const packages = join(here, "node_modules");
const italia = join(packages, "bootstrap-italia");
const dist = join(site, "static", "dist");
const fresh = join(site, "static", "dist.new");
const keep = JSON.parse(readFileSync(join(here, "keep.json"), "utf8"));

const FONTS = {
  "titillium-web-400.woff2": "Titillium_Web/titillium-web-v10-latin-ext_latin-regular.woff2",
  "titillium-web-400-italic.woff2": "Titillium_Web/titillium-web-v10-latin-ext_latin-italic.woff2",
  "titillium-web-600.woff2": "Titillium_Web/titillium-web-v10-latin-ext_latin-600.woff2",
  "titillium-web-700.woff2": "Titillium_Web/titillium-web-v10-latin-ext_latin-700.woff2",
  "lora-400.woff2": "Lora/lora-v20-latin-ext_latin-regular.woff2",
  "lora-400-italic.woff2": "Lora/lora-v20-latin-ext_latin-italic.woff2",
  "lora-700.woff2": "Lora/lora-v20-latin-ext_latin-700.woff2",
  "roboto-mono-400.woff2": "Roboto_Mono/roboto-mono-v13-latin-ext_latin-regular.woff2",
};

const SCRIPTS = ["copy", "sparql", "suggest"];

const LICENCES = {
  "bootstrap-italia.txt": join(italia, "LICENSE"),
  "titillium-web.txt": join(italia, "dist", "fonts", "Titillium_Web", "OFL.txt"),
  "lora.txt": join(italia, "dist", "fonts", "Lora", "OFL.txt"),
  "roboto-mono.txt": join(italia, "dist", "fonts", "Roboto_Mono", "LICENSE.txt"),
  "NOTICE.txt": join(here, "NOTICE.txt"),
};

const manifest = {};

/** Write `content` under a name that carries its hash, and record it in the manifest. */
function emit(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const extension = extname(name);
  const hashed = `${basename(name, extension)}.${hash}${extension}`;
  writeFileSync(join(fresh, hashed), content);
  manifest[name] = hashed;
  return hashed;
}

function templates() {
  const folder = join(site, "templates");
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".html"))
    .sort()
    .map((name) => join(folder, name));
}

/** One sprite with the icons that the templates name, and our own mark. */
function sprite(files) {
  const source = readFileSync(join(italia, "dist", "svg", "sprites.svg"), "utf8");
  const symbols = new Map(
    [...source.matchAll(/<symbol id="([^"]+)".*?<\/symbol>/gs)].map((match) => [match[1], match[0]]),
  );
  const names = new Set(keep.icons);
  for (const file of files) {
    for (const match of readFileSync(file, "utf8").matchAll(/["'](it-[a-z0-9-]+)["']/g)) {
      names.add(match[1]);
    }
  }
  const unknown = [...names].filter((name) => !symbols.has(name));
  if (unknown.length > 0) {
    throw new Error(`no such icon in bootstrap-italia: ${unknown.join(", ")}`);
  }
  const mark = readFileSync(join(site, "static", "talea.svg"), "utf8")
    .replace(/^.*?<svg [^>]*viewBox="([^"]+)"[^>]*>/s, '<symbol id="talea" viewBox="$1">')
    .replace(/<title>.*?<\/title>\s*/s, "")
    .replace(/<\/svg>\s*$/, "</symbol>");
  const chosen = [...names].sort().map((name) => symbols.get(name));
  return `<svg xmlns="http://www.w3.org/2000/svg">${mark}${chosen.join("")}</svg>\n`;
}

async function stylesheet(files) {
  const { css } = sass.compile(join(here, "scss", "talea.scss"), {
    style: "compressed",
    charset: false,
    loadPaths: [packages],
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  const [purged] = await new PurgeCSS().purge({
    content: files,
    css: [{ raw: css }],
    defaultExtractor: (content) => content.match(/[A-Za-z0-9_-]+/g) ?? [],
    safelist: keep.classes,
    variables: true,
    keyframes: true,
  });
  const linked = purged.css.replace(/url\("?fonts\/([^")]+)"?\)/g, (_, name) => `url("${manifest[name]}")`);
  const foreign = linked.match(/url\(["']?(?:data:|https?:|\/\/|undefined)[^)]{0,60}/);
  if (foreign) {
    throw new Error(`the stylesheet asks for something outside its folder: ${foreign[0]}`);
  }
  return linked;
}

/** One script with all that it imports; returns its text and the packages that are in it. */
async function script(name) {
  const made = await build({
    entryPoints: [join(here, "js", `${name}.js`)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    target: ["es2022"],
    legalComments: "none",
    absWorkingDir: here,
    logLevel: "warning",
  });
  const [text] = made.outputFiles.map((file) => file.text);
  if (/\beval\(|new Function\(/.test(text)) {
    throw new Error(`${name}.js evaluates text: the Content-Security-Policy would stop it`);
  }
  const inside = Object.keys(made.metafile.inputs)
    .map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1])
    .filter(Boolean);
  return { text, packages: [...new Set(inside)].sort() };
}

/** The licences of packages in one text; each must have one, and be free to pass on as it is. */
function licencesOf(names) {
  const texts = names.map((name) => {
    const { version, license } = JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
    const file = join(packages, name, "LICENSE");
    if (license !== "MIT" || !existsSync(file)) {
      throw new Error(`${name}: ${license ?? "no licence"} is not one that we have looked at`);
    }
    return `${name} ${version}\n${"=".repeat(name.length + version.length + 1)}\n\n${readFileSync(file, "utf8").trim()}\n`;
  });
  return texts.join("\n\n");
}

process.on("exit", () => rmSync(fresh, { recursive: true, force: true }));
rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "licences"), { recursive: true });
for (const [name, path] of Object.entries(FONTS)) {
  emit(name, readFileSync(join(italia, "dist", "fonts", path)));
}
const files = templates();
emit("icons.svg", sprite(files));
emit("talea.svg", readFileSync(join(site, "static", "talea.svg")));
emit("favicon.svg", readFileSync(join(site, "static", "favicon.svg")));
const bundled = new Set();
for (const name of SCRIPTS) {
  const { text, packages: inside } = await script(name);
  emit(`${name}.js`, text);
  inside.forEach((one) => bundled.add(one));
}
writeFileSync(join(fresh, "licences", "scripts.txt"), licencesOf([...bundled].sort()));
const css = await stylesheet([...files, ...SCRIPTS.map((name) => join(here, "js", `${name}.js`))]);
emit("talea.css", css);
for (const [name, path] of Object.entries(LICENCES)) {
  cpSync(path, join(fresh, "licences", name));
}
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
console.log(`site/static/dist: ${Object.keys(manifest).length} files, talea.css ${(css.length / 1024).toFixed(0)} KB`);
