import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/index.ts', 'src/axios.ts', 'src/vue.ts', 'src/pinia.ts', 'src/vuex.ts', 'src/testing.ts'],
  format: ['esm', 'cjs'],
  fixedExtension: true,
  dts: true,
  target: 'es2022',
  platform: 'neutral',
  hash: false,
})
