package devserver_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/devserver"
)

// Each configuration is one as the tool's manual or a template that many use has it; what is printed is a dev file that can be used.
func TestConfigurationsOfBundlersBecomeDevFiles(t *testing.T) {
	upstream := backend(t, echoing)
	for name, tt := range map[string]struct {
		file  string
		files files
		want  []string
	}{
		"vue-element-admin": {"vue.config.js", files{
			"vue.config.js": `'use strict'
const path = require('path')
const defaultSettings = require('./src/settings.js')
function resolve(dir) { return path.join(__dirname, dir) }
const port = process.env.port || process.env.npm_config_port || 9527
module.exports = {
  publicPath: '/', outputDir: 'dist', lintOnSave: process.env.NODE_ENV === 'development',
  devServer: { port: port, open: true, overlay: { warnings: false, errors: true }, before: require('./mock/mock-server.js') },
  configureWebpack: { name: defaultSettings.title, resolve: { alias: { '@': resolve('src') } } },
  chainWebpack(config) { config.plugin('preload').tap(() => []) }
}`,
			"src/settings.js":     "module.exports = { title: 'Admin' }",
			"mock/mock-server.js": "const chokidar = require('chokidar'); const chalk = require('chalk'); module.exports = app => { chokidar.watch() }",
			"mock/index.js":       "module.exports = { mocks: [{ url: '/user/login', type: 'post', response: () => ({ code: 20000 }) }] }",
			".env.development":    "# base\nVUE_APP_BASE_API = '/dev-api'\n",
		}, []string{"app: http://localhost:9527", `match: "/dev-api/**"`, "mock: { script: ./mock, base: /dev-api }"}},
		"vue cli": {"vue.config.js", files{"vue.config.js": `const { defineConfig } = require('@vue/cli-service')
module.exports = defineConfig({ transpileDependencies: true, devServer: { proxy: {
  '/api': { target: '` + upstream + `', changeOrigin: true, pathRewrite: { '^/api': '' } }, '^/v\\d+/': { target: '` + upstream + `', secure: false }, '/plain': '` + upstream + `' } } })`},
			[]string{"app: http://localhost:8080", `match: "/api/**"`, "strip: /api", `match: "~^/v\\d+/"`, "insecure_skip_verify: true", "host: keep", `match: "/plain/**"`}},
		"webpack": {"webpack.config.js", files{"webpack.config.js": `const HtmlWebpackPlugin = require('html-webpack-plugin'); const webpack = require('webpack')
module.exports = (env, argv) => ({ mode: argv.mode, plugins: [new HtmlWebpackPlugin(), new webpack.DefinePlugin({})],
  devServer: { port: 3000, setupMiddlewares: (m, s) => m, before: require('./mock'), proxy: [{ context: ['/auth2', '/api'], target: '` + upstream + `', bypass: r => r.url }] } })`,
			"mock.js": "module.exports = app => { app.get('/mocked', (req, res) => res.json({ mocked: true })) }"},
			[]string{"app: http://localhost:3000", "before: ./mock.js", `match: "/auth2/**"`, `match: "/api/**"`, "# its bypass is a function", "# devServer.setupMiddlewares is a function"}},
		"vite": {"vite.config.ts", files{"vite.config.ts": `import { fileURLToPath, URL } from 'node:url'
import { defineConfig, loadEnv, type UserConfig } from 'vite'
import vue from '@vitejs/plugin-vue'
import { viteMockServe } from 'vite-plugin-mock'
export default defineConfig(({ mode }): UserConfig => { const env = loadEnv(mode, process.cwd()); return {
  plugins: [vue(), viteMockServe({ mockPath: 'mock', enable: true })], resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { port: 5174, proxy: { '/api': { target: env.VITE_TARGET, changeOrigin: true, rewrite: (path) => path.replace(/^\/api/, '') },
    '/old': { target: env.VITE_TARGET, rewrite: p => p.replace('/old', '/new') }, '/ws': { target: 'ws://localhost:1', ws: true, headers: { 'X-A': 'b' } } } } } })`,
			".env": "VITE_TARGET=" + upstream + "\n", "mock/user.ts": "export default [{ url: '/mock/x', method: 'get', response: () => ({ ok: 1 }) }]"},
			[]string{"app: http://localhost:5174", "mock: ./mock", "strip: /api", `"^/old": "/new"`, `target: "` + upstream, `"X-A": "b"`}},
		"nothing": {"vite.config.js", files{"vite.config.js": "export default {}"}, []string{"app: http://localhost:5173", "has neither mocks nor proxies"}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			tt.files.write(t, folder)
			out, err := devserver.Import(filepath.Join(folder, tt.file), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range tt.want {
				if !strings.Contains(out, w) {
					t.Errorf("%q is not in\n%s", w, out)
				}
			}
			if _, err := begin(t, folder, nil, out); err != nil {
				t.Errorf("the dev file cannot be used: %v\n%s", err, out)
			}
		})
	}
}

func TestAConfigurationThatCannotBeReadIsToldWithItsLine(t *testing.T) {
	folder := t.TempDir()
	files{"syntax.js": "module.exports = {\n  a: }", "throws.js": "\nthrow new Error('no')", "endless.js": "for (;;);", "text.js": "module.exports = 'x'"}.write(t, folder)
	for name, says := range map[string]string{
		"syntax.js": "syntax.js:2:", "throws.js": "throws.js:2:", "endless.js": "endless.js:1", "text.js": "exports no configuration", "none.js": "there is no file",
	} {
		if _, err := devserver.Import(filepath.Join(folder, name), time.Now); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
