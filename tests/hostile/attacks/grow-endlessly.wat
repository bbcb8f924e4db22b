;; It asks for memory again and again although there is none.
;; ends: timeout
(func $handle (param $in i32) (result i32)
  (loop $again (drop (memory.grow (i32.const 64))) (br $again))
  (unreachable))
