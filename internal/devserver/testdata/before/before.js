// An API as it is given to a bundler's dev server before there is a backend: everything that such files usually do.
const path = require('path')
const fs = require('fs')
const express = require('express')
const bodyParser = require('body-parser')
const cookieParser = require('cookie-parser')
const { page } = require('./lib/paging')
const people = require('./lib/people.json')

const SECRET = 'not much of one'
const sessions = new Map()
const carts = {}
let orders = []
let nextOrder = 100
let visits = 0

function newToken (name) {
  return Buffer.from(name + ':' + SECRET + ':' + sessions.size).toString('base64')
}

function wait (ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

class NotFound extends Error {
  constructor (what) {
    super(what + ' not found')
    this.name = 'NotFound'
    this.code = 404
  }
}

// authenticate lets in who has a session, by header or by cookie.
function authenticate (req, res, next) {
  const header = req.get('Authorization') || ''
  const token = header.startsWith('Bearer ') ? header.slice(7) : req.cookies.sid
  const name = sessions.get(token)
  if (!name) {
    return res.status(401).json({ code: 401, message: 'not authenticated' })
  }
  req.user = people.find(p => p.name === name)
  res.locals.token = token
  next()
}

const only = team => (req, res, next) => {
  if (req.user.team !== team) return res.status(403).send({ code: 403, message: `only for ${team}` })
  next()
}

module.exports = function (app, server) {
  app.set('json spaces', 0)
  app.use(bodyParser.json())
  app.use(bodyParser.urlencoded({ extended: true }))
  app.use(cookieParser())

  // every request is counted and marked
  app.use((req, res, next) => {
    visits++
    res.setHeader('X-Visit', String(visits))
    next()
  })

  app.get('/api/ping', (req, res) => res.send('pong'))
  app.options('/api/ping', (req, res) => {
    res.set({ Allow: 'GET,HEAD,OPTIONS', 'X-Kind': 'options' })
    res.status(200).end()
  })

  // login and logout
  app.post('/api/login', (req, res) => {
    const { name, password } = req.body
    const person = people.find(p => p.name.toLowerCase() === String(name).toLowerCase())
    if (!person || password !== 'secret') {
      return res.status(401).json({ code: 1, message: 'wrong name or password' })
    }
    const token = newToken(person.name)
    sessions.set(token, person.name)
    res.cookie('sid', token, { httpOnly: true, maxAge: 3600 * 1000, sameSite: 'lax' })
    res.json({ code: 0, data: { token, user: person } })
  })

  app.post('/api/logout', authenticate, (req, res) => {
    sessions.delete(res.locals.token)
    res.clearCookie('sid')
    res.sendStatus(204)
  })

  app.get('/api/me', authenticate, (req, res) => res.json({ code: 0, data: req.user }))

  // people: list, one, add, change, remove
  const router = express.Router()
  router.use((req, res, next) => {
    res.set('X-Router', req.baseUrl)
    next()
  })
  router.param('id', (req, res, next, id) => {
    req.person = people.find(p => p.id === Number(id))
    next(req.person ? undefined : new NotFound('person ' + id))
  })
  router.get('/', (req, res) => {
    let list = people.slice()
    if (req.query.team) list = list.filter(p => p.team === req.query.team)
    if (req.query.ids) list = list.filter(p => req.query.ids.includes(String(p.id)))
    if (req.query.sort) list.sort((a, b) => a[req.query.sort] > b[req.query.sort] ? 1 : -1)
    res.json(page(list, req.query))
  })
  router.post('/', authenticate, (req, res) => {
    const person = { id: Math.max(...people.map(p => p.id)) + 1, ...req.body }
    people.push(person)
    res.status(201).location(`/api/people/${person.id}`).json(person)
  })
  router
    .route('/:id')
    .get((req, res) => res.json(req.person))
    .patch((req, res) => res.json(Object.assign(req.person, req.body)))
    .delete((req, res) => {
      people.splice(people.indexOf(req.person), 1)
      res.status(204).end()
    })
  app.use('/api/people', router)

  // only for some
  app.get('/api/plans', authenticate, only('engines'), (req, res) => res.json({ plans: ['analytical engine'] }))

  // a cart for each visitor, kept by cookie
  app.all('/api/cart', (req, res, next) => {
    const id = req.cookies.cart || 'c' + (Object.keys(carts).length + 1)
    carts[id] = carts[id] || []
    res.cookie('cart', id)
    req.cart = carts[id]
    next()
  })
  app.get('/api/cart', (req, res) => res.json({ items: req.cart }))
  app.put('/api/cart', ({ cart, body }, res) => {
    cart.push(...[].concat(body.add || []))
    res.json({ items: cart })
  })

  // orders take a moment
  app.post('/api/orders', async (req, res, next) => {
    try {
      await wait(30)
      if (!Array.isArray(req.body.items) || req.body.items.length === 0) {
        throw Object.assign(new Error('an order needs items'), { code: 422 })
      }
      const order = { id: nextOrder++, at: new Date().toISOString(), items: req.body.items }
      orders = [...orders, order]
      res.status(201).json(order)
    } catch (why) {
      next(why)
    }
  })
  app.get('/api/orders/:id(\\d+)', (req, res) => {
    const order = orders.find(o => o.id === +req.params.id)
    order ? res.json(order) : res.status(404).json({ message: 'no such order' })
  })
  app.get('/api/orders/:id/:part?', (req, res) => res.json({ asked: req.params }))

  // paths by expression and by pattern
  app.get(/^\/api\/v(\d+)\/(.*)$/, (req, res) => res.json({ version: +req.params[0], rest: req.params[1] }))
  app.get(['/api/one', '/api/two'], (req, res) => res.type('text').send(req.path))
  app.get('/api/files/*', (req, res) => {
    const name = path.basename(req.params[0], '.json')
    const text = fs.readFileSync(path.join(__dirname, 'lib', name + '.json'))
    res.type('application/json').send(text)
  })

  // answers of other kinds
  app.get('/api/old', (req, res) => res.redirect(301, '/api/ping'))
  app.get('/api/go', (req, res) => res.redirect('/api/ping?from=' + encodeURIComponent(req.query.from || '')))
  app.get('/api/html', (req, res) => res.send('<h1>hello</h1>'))
  app.get('/api/download', (req, res) => res.attachment('people.csv').type('csv').send(people.map(p => p.name).join('\n')))
  app.get('/api/format', (req, res) => res.format({ json: () => res.json({ a: 1 }), html: () => res.send('<p>a</p>') }))
  app.get('/api/stream', (req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    let n = 0
    const timer = setInterval(() => {
      res.write(`data: ${++n}\n\n`)
      if (n === 3) {
        clearInterval(timer)
        res.end()
      }
    }, 10)
    req.on('close', () => clearInterval(timer))
  })
  app.post('/api/raw', (req, res) => {
    let text = ''
    req.on('data', chunk => { text += chunk })
    req.on('end', () => res.json({ length: text.length, type: req.headers['content-type'], ajax: req.xhr }))
  })

  // what goes wrong
  app.get('/api/broken', () => {
    throw new Error('on purpose')
  })
  app.use('/api', (err, req, res, next) => {
    res.status(err.code || 500).json({ error: err.name, message: err.message })
  })
}
