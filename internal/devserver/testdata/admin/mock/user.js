// People and their tokens, as an admin template mocks them: an array with type, url and response.
const tokens = {
  admin: { token: 'admin-token' },
  editor: { token: 'editor-token' }
}

const users = {
  'admin-token': {
    roles: ['admin'],
    introduction: 'May do everything',
    avatar: '/avatar/admin.gif',
    name: 'Super Admin'
  },
  'editor-token': {
    roles: ['editor'],
    introduction: 'May write',
    avatar: '/avatar/editor.gif',
    name: 'Normal Editor'
  }
}

module.exports = [
  // sign in
  {
    url: '/admin-app/user/login',
    type: 'post',
    response: config => {
      const { username } = config.body
      const token = tokens[username]

      // no such person
      if (!token) {
        return {
          code: 60204,
          message: 'Account and password are incorrect.'
        }
      }

      return {
        code: 20000,
        data: token
      }
    }
  },

  // who am I
  {
    url: '/admin-app/user/info\.*',
    type: 'get',
    response: config => {
      const { token } = config.query
      const info = users[token]

      if (!info) {
        return {
          code: 50008,
          message: 'Login failed, unable to get user details.'
        }
      }

      return {
        code: 20000,
        data: info
      }
    }
  },

  // sign out
  {
    url: '/admin-app/user/logout',
    type: 'post',
    response: _ => {
      return {
        code: 20000,
        data: 'success'
      }
    }
  }
]
