import './lingpai.css'
import './notes.css'
import { start } from './boot'

start()
