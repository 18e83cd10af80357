import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  build: { target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'], assetsInlineLimit: 0 },
  // The page with Vuex uses the Options API. Tools of developers look at sources, not at what was built.
  define: { __VUE_OPTIONS_API__: true, __VUE_PROD_DEVTOOLS__: false },
})
