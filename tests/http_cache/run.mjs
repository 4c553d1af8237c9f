// Runs the public tests for HTTP caches through the adapter, and compares with what they gave before.
//
//     node run.mjs ADAPTER SUITE RESULTS [--update] [--id TEST]
//
// SUITE is the unpacked npm package http-cache-tests, RESULTS the committed file. Fails when a required test
// fails, when fewer than 78 % of the optional ones pass, or when one is lost that passed before.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const leastOptional = 0.78
const [adapter, suite, resultsFile, ...flags] = process.argv.slice(2)
const update = flags.includes('--update')
const onlyId = flags.includes('--id') ? flags[flags.indexOf('--id') + 1] : undefined
const folder = resolve(suite)

function freePort () {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/// Starts a program and waits until it prints what *pattern* matches.
function started (command, args, options, pattern) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options })
    let told = ''
    child.stdout.on('data', text => {
      told += text
      const found = told.match(pattern)
      if (found) resolve({ child, found })
    })
    child.on('error', reject)
    child.on('exit', code => reject(new Error(`${command} ended with ${code}: ${told}`)))
  })
}

const scratch = mkdtempSync(join(tmpdir(), 'http-cache-'))
const port = await freePort()
const server = await started(process.execPath, ['--no-warnings', 'server/server.mjs'], {
  cwd: folder,
  env: {
    ...process.env,
    npm_config_protocol: 'http',
    npm_config_port: String(port),
    npm_config_pidfile: join(scratch, 'pid')
  }
}, /Listening on/)
const proxy = await started(adapter, [`http://127.0.0.1:${port}`], {}, /http:\S+/)
const base = proxy.found[0]

const { default: sets } = await import(pathToFileURL(join(folder, 'tests/index.mjs')))
const { runTests, getResults } = await import(pathToFileURL(join(folder, 'client/runner.mjs')))
const { makeCacheTest, testResults } = await import(pathToFileURL(join(folder, 'client/test.mjs')))
const chosen = onlyId
  ? sets.map(set => ({ ...set, tests: set.tests.filter(test => test.id === onlyId) }))
  : sets
if (onlyId) chosen.forEach(set => set.tests.forEach(test => { test.dump = true }))
const ask = (url, init) => fetch(url, { redirect: 'manual', ...init })
await runTests(chosen, ask, true, base)
const recorded = JSON.parse(readFileSync(resultsFile)).results
if (!onlyId) {
  // Each of the tests writes its instructions through the cache, about 400 writes in a few seconds. Tags share
  // 65 536 counters, so now and then a write drops what another test has just stored: too much, never too
  // little. Such a test passes alone.
  const lostAtFirst = new Set(Object.entries(getResults()).filter(([id, r]) => recorded[id] && r !== true).map(([id]) => id))
  if (lostAtFirst.size > 0) console.log(`once more, alone: ${[...lostAtFirst].join(', ')}`)
  for (const test of sets.flatMap(set => set.tests).filter(test => lostAtFirst.has(test.id))) {
    delete testResults[test.id]
    await makeCacheTest(test)
  }
}
const results = getResults()
server.child.removeAllListeners('exit')
proxy.child.removeAllListeners('exit')
server.child.kill()
proxy.child.stdin.end()
rmSync(scratch, { recursive: true })

// --- judged

// As the suite judges: what builds on a behaviour that is not there says nothing.
const tests = new Map(sets.flatMap(set => set.tests).map(test => [test.id, test]))
const holds = id => results[id] === true && (tests.get(id).depends_on ?? []).every(holds)
const kinds = { required: [], optimal: [], check: [] }
for (const test of tests.values()) {
  if (!(test.id in results)) continue
  const passed = results[test.id] === true
  const missing = passed ? [] : (test.depends_on ?? []).filter(id => !holds(id))
  kinds[test.kind ?? 'required'].push({ id: test.id, passed, missing })
}
const judged = kind => kinds[kind].filter(test => test.missing.length === 0)
const passed = kind => kinds[kind].filter(test => test.passed).length
const names = { required: 'required', optimal: 'optional', check: 'behaviours' }
for (const [kind, name] of Object.entries(names)) {
  console.log(`${name.padEnd(11)} ${passed(kind)} of ${judged(kind).length}`)
  if (kind === 'check') continue
  for (const test of kinds[kind].filter(test => !test.passed)) {
    const why = test.missing.length > 0 ? `builds on ${test.missing.join(', ')}` : `failed: ${results[test.id][1]}`
    console.log(`  ${test.id}: ${why}`)
  }
}
if (onlyId) process.exit(results[onlyId] === true ? 0 : 1)

const version = JSON.parse(readFileSync(join(folder, 'package.json'))).version
const compact = Object.fromEntries(Object.entries(results).map(([id, result]) => [id, result === true]))
if (update) {
  writeFileSync(resultsFile, JSON.stringify({
    suite: `http-cache-tests ${version}`,
    command: './dev http-cache --update',
    required: `${passed('required')} of ${judged('required').length}`,
    optional: `${passed('optimal')} of ${judged('optimal').length}`,
    results: compact
  }, null, 1) + '\n')
}
const before = update ? compact : recorded
const counted = new Set([...kinds.required, ...kinds.optimal].map(test => test.id))
const lost = Object.keys(before).filter(id => counted.has(id) && before[id] && compact[id] === false)
if (lost.length > 0) console.error(`lost, though passed before: ${lost.join(', ')}`)
const enough = passed('optimal') >= leastOptional * kinds.optimal.length
if (!enough) console.error(`fewer than ${100 * leastOptional} % of the optional tests pass`)
const good = passed('required') === judged('required').length && passed('required') > 0 && enough && lost.length === 0
process.exit(good ? 0 : 1)
