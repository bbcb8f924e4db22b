;; It takes memory until there is none, then breaks off.
;; ends: limit
(func $handle (param $in i32) (result i32)
  (loop $again (br_if $again (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
  (unreachable))
