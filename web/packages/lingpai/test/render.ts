// Renders Vue without a browser: nodes are objects, and a test reads their text.
import { type App, type Component, createRenderer } from 'vue'

interface Node {
  text: string
  parent: Node | null
  readonly children: Node[]
  getRootNode(): Node // asked for by vue-router
}

const node = (text = ''): Node => ({
  text,
  parent: null,
  children: [],
  getRootNode() {
    return this.parent?.getRootNode() ?? this
  },
})

const { createApp } = createRenderer<Node, Node>({
  createElement: () => node(),
  createText: (text) => node(text),
  createComment: () => node(),
  insert(child, parent, anchor) {
    child.parent = parent
    parent.children.splice(anchor ? parent.children.indexOf(anchor) : parent.children.length, 0, child)
  },
  remove(child) {
    child.parent?.children.splice(child.parent.children.indexOf(child), 1)
  },
  setText: (it, text) => void (it.text = text),
  setElementText: (it, text) => void (it.text = text),
  parentNode: (it) => it.parent,
  nextSibling: (it) => it.parent?.children[it.parent.children.indexOf(it) + 1] ?? null,
  patchProp() {},
})

/** Mounts a component after `use`, and returns the app with what it shows. */
export function render(component: Component, use: (app: App) => void = () => {}): { app: App; text: () => string } {
  const app = createApp(component)
  const root = node()
  use(app as unknown as App)
  app.mount(root)
  const textOf = (it: Node): string => it.text + it.children.map(textOf).join('')
  return { app: app as unknown as App, text: () => textOf(root) }
}
