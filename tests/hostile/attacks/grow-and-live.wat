;; It takes memory until there is none, and lives with it.
;; ends: nothing
(func $handle (param $in i32) (result i32)
  (loop $again (br_if $again (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
  (global.get $zeros))
