// What an editor shows: the declarations as they are built, read by the compiler.
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const home = join(import.meta.dirname, '..')
const entries = ['index', 'axios', 'vue', 'pinia', 'vuex', 'testing'].map((name) => join(home, `src/${name}.ts`))
const options: ts.CompilerOptions = {
  strict: true, declaration: true, target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler, types: ['node'], skipLibCheck: true,
}
const program = ts.createProgram(entries, options)
const checker = program.getTypeChecker()

/** Every name that an app can import, and every member that it can reach by it, with its symbol. */
function publicNames(): Map<string, ts.Symbol> {
  const all = new Map<string, ts.Symbol>()
  const add = (symbol: ts.Symbol, name: string): void => {
    all.set(name, symbol)
    if (!(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))) return
    for (const member of symbol.members!.values()) {
      if (member.flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) all.set(`${name}.${member.name}`, member)
    }
  }
  for (const entry of entries) {
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!)) {
      add(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol, symbol.name)
    }
  }
  return all
}

const names = publicNames()

test('every public name says what it is, where an editor shows it', () => {
  const silent = [...names].filter(([, symbol]) => symbol.getDocumentationComment(checker).length === 0).map(([name]) => name)
  expect(names.size).toBeGreaterThan(150)
  expect(silent).toEqual([])
})

test('no public type is any', () => {
  const loose = [...names].filter(([, symbol]) => {
    const type = symbol.flags & ts.SymbolFlags.Type ? checker.getDeclaredTypeOfSymbol(symbol) : checker.getTypeOfSymbol(symbol)
    return type.getCallSignatures().some((call) => isAny(call.getReturnType()) || call.parameters.some((each) => isAny(checker.getTypeOfSymbol(each)))) || isAny(type)
  })
  expect(loose.map(([name]) => name)).toEqual([])
})

const isAny = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.Any) !== 0 || (checker.isArrayType(type) && checker.getTypeArguments(type as ts.TypeReference).some(isAny))
