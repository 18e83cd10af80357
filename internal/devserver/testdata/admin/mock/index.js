const user = require('./user')
const table = require('./table')
const article = require('./article')

const mocks = [
  ...user,
  ...table,
  ...article
]

module.exports = {
  mocks
}
